// SPDX-License-Identifier: GPL-2.0-or-later
// usage: decode_otlp.js PORT FILE
//
// An OTLP receiver that decodes each request by OpenTelemetry's own protocol and encodes it again: what comes out must be what
// came in, or something in it is not of the protocol. Appends the id of each record to FILE.
const assert = require("assert");
const fs = require("fs");
const http = require("http");
const path = require("path");

const transformer = path.dirname(require.resolve("@opentelemetry/otlp-transformer/package.json"));
const { opentelemetry } = require(path.join(transformer, "build/src/generated/root.js"));
const Request = opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
const [port, file] = process.argv.slice(2);
const out = fs.openSync(file, "a");

// A list of nothing is nothing on the wire.
function withoutEmptyLists(key, value) {
  return key === "values" && !value.length ? undefined : value;
}

function decode(body) {
  const sent = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body), withoutEmptyLists);
  const wire = Request.encode(Request.fromObject(sent)).finish();

  assert.deepStrictEqual(Request.toObject(Request.decode(wire), { longs: String }), sent);
  for (const resource of sent.resourceLogs)
    for (const scope of resource.scopeLogs)
      for (const record of scope.logRecords)
        fs.writeSync(out, record.attributes.find((a) => a.key === "log.record.uid").value.stringValue + "\n");
}

http
  .createServer((request, response) => {
    const pieces = [];

    request.on("data", (piece) => pieces.push(piece));
    request.on("end", () => {
      decode(Buffer.concat(pieces));
      response.setHeader("Content-Type", "application/json");
      response.end("{}");
    });
  })
  .listen(Number(port), "127.0.0.1", () => console.log("listening"));
