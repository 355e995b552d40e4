// SPDX-License-Identifier: GPL-2.0-or-later
// usage: run_vector.js CONFIGURATION EVENTS
//
// Runs the remap transforms of a configuration of Vector, by Vector's own language (compiled to WebAssembly), on each line of
// EVENTS and on what is no event. Says what does not compile, which event is not whole behind it, and what is let through.
'use strict';

const { readFileSync } = require('node:fs');
const { check, execute } = require('@bpinternal/verel');
const yaml = require('yaml');

const noEvents = ['', 'nonsense', '[1]', '"a"', '1', 'null', '{"event":{', '{} {}', '\u0000'];

function run(program, message) {
  try {
    return execute(program, { message, source_type: 'socket' }).event;
  } catch {
    return null; // aborted
  }
}

// Each component's inputs, which must be there.
function missingInputs({ sources, transforms, sinks }) {
  const known = new Set([...Object.keys(sources), ...Object.keys(transforms)]);

  return [...Object.values(transforms), ...Object.values(sinks)].flatMap((c) => c.inputs).filter((name) => !known.has(name));
}

function faultsOf(program, lines) {
  const wrong = check(program).errors.map((e) => `does not compile: ${e.message}`);

  if (wrong.length) return wrong;
  return [
    ...lines.filter((line) => run(program, line)?.event !== line).map((line) => `not whole: ${line.slice(0, 200)}`),
    ...noEvents.filter((line) => run(program, line)).map((line) => `let through: ${JSON.stringify(line)}`),
  ];
}

function main([path, events]) {
  const configuration = yaml.parse(readFileSync(path, 'utf8'));
  const lines = readFileSync(events, 'utf8').split('\n').slice(0, -1);
  const programs = Object.values(configuration.transforms).filter((t) => t.type === 'remap').map((t) => t.source);
  const faults = [...missingInputs(configuration).map((name) => `there is no ${name}`), ...programs.flatMap((p) => faultsOf(p, lines))];

  if (!programs.length || !lines.length) faults.push('nothing was run');
  process.stdout.write(faults.map((fault) => `${fault}\n`).join(''));
  process.exitCode = faults.length ? 1 : 0;
}

main(process.argv.slice(2));
