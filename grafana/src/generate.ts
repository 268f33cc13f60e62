// Writes grafana/dashboards/: `node dist/grafana/src/generate.js`. A test fails while the files are not current.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/project.ts';
import { dashboards, toJson } from './dashboards.ts';

for (const [name, dashboard] of dashboards) {
  writeFileSync(join(projectRoot, 'grafana', 'dashboards', name), toJson(dashboard));
}
