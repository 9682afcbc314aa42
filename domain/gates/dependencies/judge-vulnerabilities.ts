import type { Check } from '#domain/gates/verdict.ts';
import { type Component, placeText, pypiName } from './component.ts';
import { epochDay } from './epoch-day.ts';
import type { Advisory } from './osv/advisory.ts';
import {
  affects,
  ask,
  fixedVersion,
  groupByAlias,
  readAdvisory,
  type Vulnerability,
} from './osv/match.ts';
import type { Severity } from './osv/severity.ts';
import type { DependencyPolicy, VulnerabilityException } from './policy.ts';

export interface Exposure {
  /** Each with an exact version. */
  readonly components: readonly Component[];
  /** By the PyPI name of a package. */
  readonly advisories: ReadonlyMap<string, readonly Advisory[]>;
  readonly policy: DependencyPolicy;
  readonly nowSeconds: number;
}

/** A vulnerability met in one package. */
interface Hit {
  readonly component: Component;
  readonly vulnerability: Vulnerability;
  readonly certain: boolean;
  readonly severity: Severity | undefined;
  readonly fixed: string | undefined;
}

const SECONDS_PER_DAY = 86_400;

/**
 * Matches packages with advisories: a check for each vulnerability met, and one for their count.
 * What cannot be told from a record or a version is inconclusive, never "not affected".
 */
export function judgeVulnerabilities(exposure: Exposure): Check[] {
  const { policy, components } = exposure;
  const hits = components.flatMap((component) => hitsOf(component, exposure.advisories));
  const certain = hits.filter((hit) => hit.certain);
  const counted = certain.filter((hit) => pardonOf(hit, exposure) === undefined);
  const within = counted.length <= policy.maxVulnerabilities;
  const summary: Check = {
    id: 'dependencies.vulnerabilities',
    verdict: within ? 'pass' : 'fail',
    observed: counted.length,
    threshold: policy.maxVulnerabilities,
    message: `${counted.length} known ${counted.length === 1 ? 'vulnerability' : 'vulnerabilities'} in ${components.length} packages, ${policy.maxVulnerabilities} allowed${within ? '' : '; install the releases that the checks below name'}`,
  };
  return [summary, ...hits.map((hit) => judgeHit(hit, exposure, within))];
}

function hitsOf(component: Component, advisories: Exposure['advisories']): Hit[] {
  const about = advisories.get(pypiName(component)) ?? [];
  const read = about.map(readAdvisory);
  const asked = ask(component.version ?? '');
  const met = new Map(read.map((each) => [each.advisory, affects(each, asked)]));
  if (![...met.values()].some((answer) => answer !== 'no')) return [];
  const fixed = fixedVersion(read, asked);
  return groupByAlias(about).flatMap((vulnerability): Hit[] => {
    const answers = vulnerability.advisories.map((advisory) => met.get(advisory));
    const certain = answers.includes('yes');
    if (!certain && !answers.includes('unknown')) return [];
    const severity = worstOf(vulnerability.advisories);
    return [{ component, vulnerability, certain, severity, fixed }];
  });
}

const worstOf = (advisories: readonly Advisory[]): Severity | undefined =>
  advisories.flatMap(({ severity }) => severity ?? []).sort((a, b) => b.score - a.score)[0];

/** Why a vulnerability does not count; undefined when it does. */
function pardonOf(hit: Hit, { policy, nowSeconds }: Exposure): string | undefined {
  const exception = exceptionsFor(hit, policy).find((each) => holdsNow(each, nowSeconds));
  if (exception) {
    const { approvedBy, expires, reason } = exception;
    return `accepted until ${expires} by ${approvedBy}: ${reason}`;
  }
  const { severity } = hit;
  return severity && severity.score < policy.scoreMin
    ? `its score is below ${policy.scoreMin}`
    : undefined;
}

function exceptionsFor(hit: Hit, { exceptions }: DependencyPolicy): VulnerabilityException[] {
  const { id, aliases } = hit.vulnerability;
  return exceptions.filter(
    (each) =>
      (each.id === id || aliases.includes(each.id)) &&
      (each.package === undefined || each.package === hit.component.name),
  );
}

/** Until its last day is over in UTC. */
const holdsNow = ({ expires }: VulnerabilityException, nowSeconds: number): boolean =>
  nowSeconds < ((epochDay(expires) ?? -1) + 1) * SECONDS_PER_DAY;

function judgeHit(hit: Hit, exposure: Exposure, within: boolean): Check {
  const { component, vulnerability, severity, fixed, certain } = hit;
  const { id, aliases, advisories } = vulnerability;
  const { version = '' } = component;
  const check = {
    id: 'dependencies.vulnerability',
    observed: {
      id,
      aliases,
      package: component.purl,
      score: severity?.score ?? null,
      basis: severity?.basis ?? null,
      fixed: fixed ?? null,
    },
    threshold: { scoreMin: exposure.policy.scoreMin },
    where: placeText(component.source),
  };
  const about = advisories.find(({ summary }) => summary)?.summary ?? 'no summary';
  const named = `${id}${severity ? ` (${severity.score}, ${severity.basis})` : ' (without a score)'}: ${about}`;
  const remedy = fixed
    ? `install ${component.name}==${fixed}`
    : `no release is known that mends it: replace ${component.name}, or have an exception approved in the policy`;
  if (!certain) {
    const message = `whether ${component.name} ${version} is affected cannot be told: ${named}; ${remedy}`;
    return { ...check, verdict: 'inconclusive', message };
  }
  const pardon = pardonOf(hit, exposure);
  const found = `${component.name} ${version} is affected by ${named}`;
  if (pardon !== undefined) return { ...check, verdict: 'pass', message: `${found}; ${pardon}` };
  if (within) return { ...check, verdict: 'pass', message: `${found}; the policy allows as many` };
  const expired = exceptionsFor(hit, exposure.policy)
    .map(({ expires, approvedBy }) => `; the exception of ${approvedBy} ended on ${expires}`)
    .join('');
  return { ...check, verdict: 'fail', message: `${found}${expired}; ${remedy}` };
}
