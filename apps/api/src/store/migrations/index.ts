import { Users1763700000000 } from './1763700000000-users.ts';
import { WritePath1763760000000 } from './1763760000000-write-path.ts';
import { Access1763850000000 } from './1763850000000-access.ts';
import { Filters1763900000000 } from './1763900000000-filters.ts';
import { Jobs1763950000000 } from './1763950000000-jobs.ts';
import { Memberships1764010000000 } from './1764010000000-memberships.ts';
import { GroupNames1764020000000 } from './1764020000000-group-names.ts';
import { ProvisioningDomains1764500000000 } from './1764500000000-provisioning-domains.ts';
import { LookupStatistics1764510000000 } from './1764510000000-lookup-statistics.ts';
import { FoldedSigma1764530000000 } from './1764530000000-folded-sigma.ts';
import { RotatedSecrets1764520000000 } from './1764520000000-rotated-secrets.ts';

/** In the order in which they run. */
export const migrations = [
  Users1763700000000,
  WritePath1763760000000,
  Access1763850000000,
  Filters1763900000000,
  Jobs1763950000000,
  Memberships1764010000000,
  GroupNames1764020000000,
  ProvisioningDomains1764500000000,
  LookupStatistics1764510000000,
  RotatedSecrets1764520000000,
  FoldedSigma1764530000000,
];
