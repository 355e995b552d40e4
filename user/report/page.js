// SPDX-License-Identifier: GPL-2.0-or-later
// Shows the state of a run and its events. It only reads, and all that it shows is text, never markup.
const STATE_MS = 1000; // between two looks at the state
const LATE_MS = 5000; // without an answer for so long nothing is known
const KEPT = 10000; // events
const SHOWN = 200; // of them, at once

let token = "";

// --- the state

const LOOKS = { safe: "safe", stopped: "calm", waiting: "calm", leaking: "bad", unprotected: "bad", leaked: "bad", "address-told": "bad" };

// Read aloud is another word, and not each reason: that counts seconds.
function showVerdict(word, reason, look) {
	if ($("word").textContent !== word)
		put($("said"), `${word}: ${reason}`);
	put($("word"), word);
	put($("reason"), reason);
	$("hero").className = look;
	document.title = `${word} – leakaudit`;
}

let run = "";

function showRun(s) {
	const scopes = s.scopes.map((x) => (x.path === "host" ? "the host" : x.path) + (x.there ? "" : " (waiting)"));
	const guard = s.guard ? `, guard ${s.guard.name}${s.guard.in_force ? "" : " (not in force)"}` : "";

	put($("run"), `${s.host ? s.host.name + ": " : ""}${s.command} of ${scopes.join(", ")}${guard}, for ${duration(s.seconds)}`);
	put($("foot"), `leakaudit ${s.version}, pid ${s.pid}. ${s.complete ? "Everything was seen." : "Incomplete: " + s.incomplete} As of ${when(s["@timestamp"])}.`);
	if (run && run !== s.agent.id)
		events.note("ready", `This is a new run, of ${when(s.started)}: all sums are its own.`);
	run = s.agent.id;
}

function showTile(id, n, more) {
	put($(id), n.toLocaleString("en"));
	put($(id).nextElementSibling, n ? more : "");
	return n;
}

function showTiles(s) {
	for (const name of ["left", "dropped", "held"])
		showTile(name, s.totals[name].packets, bytes(s.totals[name].bytes));
	showTile("dropouts", s.dropouts.count, duration(s.dropouts.seconds));
	$("left").parentElement.className = s.totals.left.packets ? "hot" : "";
	// which is no packet outside, and has its tile only where there is one
	$("inside").parentElement.hidden = !showTile("inside", s.totals.inside.packets, "");
}

const place = (x) => x.name + (x.netns ? ` of ${x.netns}` : "");
const role = (x) => (x.up ? ({ exposed: "warn", tunnel: "good" }[x.role] || "") : "");

function tunnelRow(t) {
	const far = [];

	if (t.seconds !== undefined)
		far.push(`for ${duration(t.seconds)}`);
	if (t.dropouts)
		far.push(`${many(t.dropouts, "dropout")}, ${duration(t.down_seconds)} down`);
	return make("li", "", make("span", "", place(t)), make("span", t.up ? "tag good" : "tag bad", t.up ? "up" : "down"),
		make("span", "far", far.join("; ")));
}

function fallRow(d) {
	const o = d.dropout, tried = o.packets ? `${many(o.packets, "packet")} tried to leave` : "nothing tried to leave";

	return make("li", "", make("span", "", `${when(o.since)}, ${duration(o.seconds)}`), make("span", "", d.tunnel), make("span", "far", tried));
}

// Interfaces that lead nowhere are not what one looks for.
function lineRow(x) {
	const open = x.unexplained && x.unexplained.packets;
	const far = !x.counted ? "" : open ? `${many(open, "packet")} not seen yet` : `all of ${many(x.counted.packets, "packet")} seen`;

	return make("li", "", make("span", "", place(x)), make("span", `tag ${role(x)}`, x.role + (x.up ? "" : ", down")), make("span", "far", far));
}

// Rows of these things, anew only where one has changed: what is selected on the page stays so.
function fill(list, things, row) {
	const now = JSON.stringify(things);

	if (list.dataset.shows !== now)
		list.replaceChildren(...things.map(row));
	list.dataset.shows = now;
	return things.length;
}

function program(x) {
	const where = x.container || x.unit, td = make("td", "", x.process + (x.pid ? ` [${x.pid}]` : ""));

	if (x.behalf)
		td.append(make("small", "", `for ${x.behalf}`));
	else if (where)
		td.append(make("small", "", where));
	return td;
}

// of: what it is, where there is no head of a table.
function cell(of, words, none) {
	const td = make("td", none ? "n none" : "n", words);

	td.dataset.of = of;
	return td;
}

const sumCell = (of, s) => cell(of, sum(s), !s.packets);
const wire = (x) => (x.interface || "?") + (x.netns ? ` of ${x.netns}` : "");

function whoRow(x) {
	return make("tr", "", program(x), make("td", "", x.class), make("td", "wire", wire(x)), sumCell("leaked", x.left), sumCell("stopped", x.dropped));
}

function flowRow(x) {
	const to = make("td", "to", x.destination), kind = make("td", "", x.class);

	if (x.name)
		to.append(make("small", "", x.name));
	if (x.detail || x.cause)
		kind.append(make("small", "", [x.detail, x.cause].filter(Boolean).join(", ")));
	return make("tr", "", program(x), kind, to, make("td", "wire", wire(x)), sumCell("leaked", x.left), cell("last", when(x.last)));
}

function showTables(s) {
	const who = s.leakers.filter((x) => x.left.packets || x.dropped.packets);
	const others = s.other_leakers;

	if (others && others.left && (others.left.packets || others.dropped.packets))
		who.push({ ...others, process: `${many(others.flows, "flow")} of others`, class: "", interface: "" });
	$("who").hidden = !fill($("who").tBodies[0], who, whoRow);
	$("nobody").hidden = !$("who").hidden;
	$("flows").hidden = !fill($("flows").tBodies[0], s.flows.slice(0, 20), flowRow);
	$("noflow").hidden = !$("flows").hidden;
}

function showState(s) {
	showVerdict(s.verdict.word.replace("-", " "), s.verdict.reason, LOOKS[s.verdict.word] || "warn");
	showRun(s);
	showTiles(s);
	$("notunnel").hidden = fill($("tunnels"), s.tunnels, tunnelRow) > 0;
	$("h-falls").hidden = $("falls").hidden = !fill($("falls"), s.latest_dropouts.slice(-5).reverse(), fallRow);
	fill($("lines"), s.interfaces.filter((x) => x.role !== "loopback"), lineRow);
	showTables(s);
	timeline.show(s.timeline, s["@timestamp"]);
}

// --- the timeline

const timeline = {
	data: null,
	W: 720,
	H: 118,

	// A bar is seen however small it is: by the root, and two units at least.
	path(values, most, base) {
		const step = this.W / this.slots;
		let d = "";

		values.forEach((v, i) => {
			const h = v ? Math.max(3, this.H * Math.sqrt(v / most)) : 0, y = this.H - h;

			if (h)
				d += `M${(i * step).toFixed(2)} ${y.toFixed(1)}h${(step * 0.86).toFixed(2)}V${this.H}h-${(step * 0.86).toFixed(2)}z`;
		});
		return d;
	},

	// Its right edge is now: what lasts reaches it.
	show(t, now) {
		const [down, dropped, left] = $("time").querySelectorAll("path"), most = Math.max(1, ...t.left, ...t.dropped);

		this.data = t;
		this.slots = Math.max(10, t.left.length);
		left.setAttribute("d", this.path(t.left, most));
		dropped.setAttribute("d", this.path(t.dropped, most));
		down.setAttribute("d", t.down.map((s, i) => {
			const step = this.W / this.slots;

			return s > 0 ? `M${(i * step).toFixed(2)} 0h${step.toFixed(2)}V${this.H}h-${step.toFixed(2)}z` : "";
		}).join(""));
		const n = (v) => v.reduce((a, b) => a + b, 0), fell = n(t.down);
		$("time").setAttribute("aria-label", `Since ${when(t.since)}: ${many(n(t.left), "packet")} leaked, ` +
			`${n(t.dropped)} stopped${fell ? `, tunnel down for ${duration(fell)}` : ""}`);
		put($("from"), when(t.since));
		put($("to"), this.slots > t.left.length ? "" : when(now));
	},

	point(e) {
		const box = $("time").getBoundingClientRect(), t = this.data;
		const i = t ? Math.floor((e.clientX - box.left) / box.width * this.slots) : -1;

		if (i < 0 || i >= t.left.length)
			return put($("spot"), "");
		const down = t.down[i] > 0 ? `, tunnel down ${duration(t.down[i])}` : "";
		put($("spot"), `${when(Date.parse(t.since) + i * t.width * 1000)}: ${t.left[i]} leaked, ${t.dropped[i]} stopped${down}`);
	},
};

// --- events

const events = {
	all: [], // the latest last
	missed: 0,
	dirty: false,

	add(line) {
		let e;

		try {
			e = JSON.parse(line);
		} catch {
			return;
		}
		const a = e.leakaudit || {}, p = e.process || {};
		const row = {
			time: e["@timestamp"],
			action: (e.event || {}).action || "",
			stopped: a.outcome === "dropped" || a.verdict === "dropped",
			message: e.message || "",
		};
		row.text = [row.message, row.action, row.stopped ? "stopped" : "", a.class, a.detail, a.cause, p.name, p.executable]
			.filter(Boolean).join(" ").toLowerCase();
		this.all.push(row);
		if (this.all.length > KEPT + 1000)
			this.all.splice(0, this.all.length - KEPT);
		this.later();
	},

	addMissed(line) {
		const n = JSON.parse(line).dropped;

		this.missed += n;
		this.note("lost", `${many(n, "event")} missing here: they came faster than this page took them.`);
	},

	// What this page itself has to say.
	note(action, message) {
		this.all.push({ time: new Date().toISOString(), action, message, text: message.toLowerCase() });
		this.later();
	},

	// However many come, they are drawn once a frame.
	later() {
		if (this.dirty)
			return;
		this.dirty = true;
		requestAnimationFrame(() => {
			this.dirty = false;
			this.show();
		});
	},

	show() {
		const words = $("filter").value.toLowerCase().split(/\s+/).filter(Boolean), only = $("leaks").checked, rows = [];
		let n = 0;

		for (let i = this.all.length - 1; i >= 0; i--) {
			const e = this.all[i];

			if ((only && e.action !== "leak") || !words.every((w) => e.text.includes(w)))
				continue;
			n++;
			if (rows.length < SHOWN)
				rows.push(this.row(e));
		}
		$("events").replaceChildren(...rows);
		put($("count"), n > rows.length ? `${rows.length} of ${n.toLocaleString("en")}` : many(n, "event"));
	},

	row(e) {
		const leak = e.action === "leak" || e.action === "possible-leak";
		const look = leak ? (e.stopped ? "warn" : "bad") : { "tunnel-down": "bad", "tunnel-up": "good", lost: "bad", bypass: "bad" }[e.action] || "";

		return make("li", "", make("time", "", clock(e.time)), make("span", `tag ${look}`, leak && e.stopped ? "stopped" : e.action),
			make("span", "", e.message));
	},
};

// --- asking

function ask(path, headers, signal) {
	if (token)
		headers.Authorization = `Bearer ${token}`;
	return fetch(path, { headers, signal, cache: "no-store", credentials: "omit" });
}

function setLink(look, words) {
	$("link").className = look;
	put($("link"), words);
}

// By a clock that nobody sets, and by the other, for people.
let answered = performance.now(), asOf = new Date();

// Nobody who answers, or an answer that is late, says nothing of now: least of all that one is safe.
function judgeSilence(gone) {
	if (!gone && performance.now() - answered < LATE_MS)
		return;
	setLink("lost", "no answer, asking on");
	showVerdict("unknown", `The run has not answered since ${clock(asOf)}: it has ended, or is started again. What is below is as of then.`, "unknown");
}

// The state; null: there is none just now; undefined: nobody answers.
async function askState() {
	try {
		const r = await ask("state", {}, AbortSignal.timeout(LATE_MS));

		$("ask").hidden = r.status !== 401;
		if (r.status === 401)
			setLink("lost", "a token is needed");
		return r.ok ? await r.json() : null;
	} catch {
		return undefined;
	}
}

async function look() {
	const s = await askState();

	if (!s)
		return judgeSilence(s === undefined);
	answered = performance.now();
	asOf = new Date();
	setLink("live", "live");
	showState(s);
}

async function lookOn() {
	try {
		await look();
	} catch (e) {
		showVerdict("unknown", `This page cannot read the state: ${e.message}.`, "unknown");
		throw e;
	} finally {
		setTimeout(lookOn, document.hidden ? 5 * STATE_MS : STATE_MS);
	}
}

let last = "", stream = null;

// Server-sent events (HTML, 9.2), by fetch(): an EventSource cannot send a token.
async function listen() {
	stream = new AbortController();

	const r = await ask("events", last ? { "Last-Event-ID": last } : {}, stream.signal);
	const reader = r.ok ? r.body.pipeThrough(new TextDecoderStream()).getReader() : null;
	let rest = "";

	while (reader) {
		const { value, done } = await reader.read();

		if (done)
			return;
		const blocks = (rest + value).split("\n\n");

		rest = blocks.pop();
		blocks.forEach(take);
	}
}

function take(block) {
	const data = [];
	let dropped = false;

	for (const line of block.split("\n")) {
		if (line.startsWith("data:"))
			data.push(line.slice(5).trim());
		else if (line.startsWith("event:"))
			dropped = line.slice(6).trim() === "dropped";
		else if (line.startsWith("id:"))
			last = line.slice(3).trim();
	}
	if (dropped)
		events.addMissed(data.join(""));
	else if (data.length)
		events.add(data.join("\n"));
}

async function listenOn() {
	try {
		if (!document.hidden)
			await listen();
	} catch {
		// it is asked again, from the last one on
	}
	setTimeout(listenOn, 2 * STATE_MS);
}

// Browsers have six connections to a host, for all tabs: one that nobody sees keeps none.
document.addEventListener("visibilitychange", () => {
	if (document.hidden)
		return stream?.abort();
	judgeSilence(false);
	look();
});
$("filter").addEventListener("input", () => events.later());
$("leaks").addEventListener("change", () => events.later());
$("time").addEventListener("pointermove", (e) => timeline.point(e));
$("time").addEventListener("pointerleave", () => put($("spot"), ""));
$("ask").addEventListener("submit", (e) => {
	e.preventDefault();
	token = $("token").value;
	look();
});
lookOn();
listenOn();
