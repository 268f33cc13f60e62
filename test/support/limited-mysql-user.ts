// A MySQL user that a read-only server refuses: who may do everything may write to it all the same.
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { testFolder } from './folder.ts';
import type { Scene } from './scene.ts';
import type { Scope } from './servers.ts';

/** Restarts the scene's own MySQL. @returns its URL as this user */
export async function addLimitedUser(t: Scope, { mysql, stores }: Scene): Promise<string> {
  const grants = join(testFolder('grants'), 'grants.sql');
  writeFileSync(
    grants,
    "CREATE USER 'limited'@'%' IDENTIFIED BY 'limited';\nGRANT ALL ON couponrush.* TO 'limited'@'%';\n",
  );
  t.after(async () => rmSync(dirname(grants), { recursive: true }));
  await mysql.restart({ settings: [`--init-file=${grants}`] });
  const url = new URL(stores.mysqlUrl);
  url.username = 'limited';
  url.password = 'limited';
  return url.href;
}
