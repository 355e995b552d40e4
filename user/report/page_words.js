// SPDX-License-Identifier: GPL-2.0-or-later
// The first part of the live page's script: text and elements of it, and how numbers and times are said.
"use strict";

const $ = (id) => document.getElementById(id);

// What is not seen, or turns the words around it, such as a direction override in a program's name.
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\u0300-\u036f\ufe00-\ufe0f]/gu;
const clean = (text) => text.replace(UNSEEN, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);

// make("li", "class", child...): a child is text or an element.
function make(name, cls, ...children) {
	const e = document.createElement(name);

	if (cls)
		e.className = cls;
	e.append(...children.map((child) => (typeof child === "string" ? clean(child) : child)));
	return e;
}

function put(e, text) {
	const seen = clean(text);

	if (e.textContent !== seen)
		e.textContent = seen;
}

// --- words

function bytes(n) {
	const units = ["B", "kB", "MB", "GB", "TB"];
	let i = 0;

	while (n >= 1000 && i < units.length - 1) {
		n /= 1000;
		i++;
	}
	return `${i && n < 100 ? n.toFixed(1) : Math.round(n)} ${units[i]}`;
}

function duration(s) {
	const two = (a, ua, b, ub) => (b ? `${a} ${ua} ${b} ${ub}` : `${a} ${ua}`);

	if (s < 10)
		return `${s.toFixed(1)} s`;
	s = Math.floor(s);
	if (s < 60)
		return `${s} s`;
	if (s < 3600)
		return two(Math.floor(s / 60), "min", s % 60, "s");
	if (s < 86400)
		return two(Math.floor(s / 3600), "h", Math.floor(s / 60) % 60, "min");
	return two(Math.floor(s / 86400), "d", Math.floor(s / 3600) % 24, "h");
}

const many = (n, one) => `${n.toLocaleString("en")} ${one}${n === 1 ? "" : "s"}`;
const sum = (s) => (s.packets ? `${s.packets.toLocaleString("en")} (${bytes(s.bytes)})` : "0");
const clock = (t) => new Date(t).toLocaleTimeString("en-GB");

// The day as well, if it is not today's.
function when(t) {
	const d = new Date(t), today = d.toDateString() === new Date().toDateString();

	return today ? clock(t) : `${d.toLocaleDateString("en-CA")} ${clock(t)}`;
}
