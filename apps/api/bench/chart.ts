import { contestants } from './contestants.ts';
import { digits } from './report.ts';
import type { Standing } from './summary.ts';

const WIDTH = 860;
const LEFT = 230;
const RIGHT = 110;
const TOP = 66;
const ROW = 30;
const BAR = 16;

// It brings its own background, since a page may be dark where the system is light, or the other way round.
const STYLE = `
    text { font: 13px system-ui, sans-serif; fill: #1f2328 }
    .note { font-size: 12px; fill: #59636e }
    .page { fill: #ffffff; stroke: #d1d9e0 }
    .server { fill: #0969da }
    .postgres { fill: #9ec5f0 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .note { fill: #9198a1 }
      .page { fill: #0d1117; stroke: #3d444d }
      .server { fill: #4493f8 }
      .postgres { fill: #284b78 }
    }
  `;

/** Bars of the CPU that one PATCH costs: the server's own, and behind it PostgreSQL's. */
export function chartOf(standings: readonly Standing[], note: string): string {
  const longest = Math.max(...standings.map(({ value }) => value.serverCpu + value.postgresCpu));
  const scale = (WIDTH - LEFT - RIGHT) / longest;
  const height = TOP + standings.length * ROW + 16;
  const bars = standings.map(({ contestant, value }, index) => {
    const y = TOP + index * ROW;
    const server = value.serverCpu * scale;
    const postgres = value.postgresCpu * scale;
    const middle = y + BAR / 2 + 4.5;
    return [
      `  <text x="${LEFT - 12}" y="${middle}" text-anchor="end">${contestants[contestant].title}</text>`,
      `  <rect class="server" x="${LEFT}" y="${y}" width="${server.toFixed(1)}" height="${BAR}"/>`,
      `  <rect class="postgres" x="${(LEFT + server).toFixed(1)}" y="${y}" width="${postgres.toFixed(1)}" height="${BAR}"/>`,
      `  <text x="${(LEFT + server + postgres + 8).toFixed(1)}" y="${middle}">${digits(value.serverCpu)} + ${digits(value.postgresCpu)}</text>`,
    ].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title">
  <title id="title">CPU microseconds of one PATCH, by server</title>
  <style>${STYLE}</style>
  <rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>
  <text x="16" y="26">Microseconds of CPU per PATCH</text>
  <text class="note" x="16" y="46">${note}</text>
  <rect class="server" x="${WIDTH - 250}" y="17" width="11" height="11"/>
  <text class="note" x="${WIDTH - 234}" y="27">server process</text>
  <rect class="postgres" x="${WIDTH - 130}" y="17" width="11" height="11"/>
  <text class="note" x="${WIDTH - 114}" y="27">PostgreSQL</text>
${bars.join('\n')}
</svg>
`;
}
