// deploy/redis-users.acl: the users of a Redis that couponrush does not share. deploy/secrets.sh fills in the digests.
import { appKeys, appRules } from './acl.ts';

const keys = appKeys.map((pattern) => `~${pattern}`).join(' ');
/** What redis_exporter asks for by default; it reads no key. */
const exporterCommands =
  '+ping +info +config|get +slowlog|get +slowlog|len +latency|latest +latency|histogram +client|setname +client|list';

export function aclFile(): string {
  return `# The users of Redis, and all they may do. Made from src/redis/acl.ts by \`npm run docs\`.
# Redis takes no comments in an ACL file: deploy/secrets.sh leaves them out, and puts in the SHA-256 of each password.

# Nobody comes in without a name.
user default reset off

# couponrush itself.
user couponrush_app ${appRules('SHA256_OF_APP_PASSWORD')}

# The exporter for Prometheus.
user exporter reset on #SHA256_OF_EXPORTER_PASSWORD ${exporterCommands}

# An operator's redis-cli: reads what couponrush keeps, changes none of it, and may ask for a rewrite of the append-only file.
user operator reset on #SHA256_OF_OPERATOR_PASSWORD ${keys} +@read +@connection -@dangerous +info +time +bgrewriteaof
`;
}
