// SPDX-License-Identifier: GPL-2.0-or-later
// usage: check_dashboard.js DASHBOARD DIR
//
// Holds a dashboard against the types that Grafana itself is built with (@grafana/schema): no member that these do not have,
// and none of another type. Beside them stand the members of Prometheus' data source, which has no types in that package.
// DIR has node_modules, and is written to. Prints what TypeScript finds wrong.
'use strict';

const { spawnSync } = require('node:child_process');
const { readFileSync, writeFileSync } = require('node:fs');

const kinds = { stat: 'stat', 'state-timeline': 'statetimeline', table: 'table', timeseries: 'timeseries' };
const withFieldConfig = ['state-timeline', 'table', 'timeseries'];
const file = { stat: 'Stat', 'state-timeline': 'StateTimeline', table: 'Table', timeseries: 'TimeSeries' };

const head = `import type { Dashboard, Panel, VariableModel, AnnotationQuery, DataQuery } from '@grafana/schema';
type Part<T> = T extends (infer U)[] ? Part<U>[] : T extends object ? { [K in keyof T]?: Part<T[K]> } : T extends string ? T | \`\${T}\` : T;
type Query = DataQuery & { expr: string; legendFormat: string; instant: boolean; range: boolean; format: 'table' };
`;

function typed(name, type, value) {
  return `export const ${name}: Part<${type}> = ${JSON.stringify(value, null, 1)};\n`;
}

function panel(p, i) {
  const { options, targets, fieldConfig, ...rest } = p;
  const { custom, ...defaults } = fieldConfig.defaults;
  // by its path, since the package exports no types of panels
  const types = `./node_modules/@grafana/schema/dist/esm/raw/composable/${kinds[p.type]}/panelcfg/x/${file[p.type]}PanelCfg_types.gen`;
  const own = withFieldConfig.includes(p.type) ? `import('${types}').FieldConfig` : 'never';

  return typed(`panel${i}`, 'Panel', { ...rest, fieldConfig: { ...fieldConfig, defaults } }) +
    typed(`options${i}`, `import('${types}').Options`, options ?? {}) +
    typed(`targets${i}`, 'Query[]', targets) +
    (custom ? typed(`custom${i}`, own, custom) : '');
}

function main([dashboard, dir]) {
  const { panels, templating, annotations, ...rest } = JSON.parse(readFileSync(dashboard, 'utf8'));
  const text = head + typed('dashboard', 'Dashboard', rest) +
    typed('variables', '(VariableModel & { definition: string })[]', templating.list) +
    typed('annotations', '(AnnotationQuery & { expr: string; titleFormat: string })[]', annotations.list) +
    panels.map(panel).join('');

  writeFileSync(`${dir}/dashboard.ts`, text);
  const tsc = spawnSync(process.execPath, [require.resolve('typescript/bin/tsc'), '--noEmit', '--strict', '--skipLibCheck',
    '--moduleResolution', 'bundler', '--module', 'esnext', '--target', 'es2022', `${dir}/dashboard.ts`], { encoding: 'utf8' });
  process.stdout.write(tsc.stdout + tsc.stderr);
  process.exitCode = tsc.status;
}

main(process.argv.slice(2));
