// DuckDB's side of trace.py: prints median microseconds shallow and deep, then origins and the sum of parts.
import { DuckDBInstance } from "@duckdb/node-api";

const [directory, deep, rank, ...shallow] = process.argv.slice(2);
const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
const db = await (await DuckDBInstance.create(":memory:")).connect();
await db.run(`CREATE TABLE edge AS SELECT child, parent, sum(share) AS share FROM read_csv('${directory}/edges.csv',
  header = false, columns = {child: 'INTEGER', parent: 'INTEGER', share: 'DOUBLE'}) GROUP BY child, parent ORDER BY child`);
await db.run("CREATE INDEX edge_child ON edge(child)");
await db.run(`CREATE TABLE node AS SELECT * FROM read_csv('${directory}/nodes.csv', header = false, columns = {id: 'INTEGER', rank: 'INTEGER'}) ORDER BY id`);
await db.run("CREATE TABLE reach(rank INTEGER, node INTEGER, v DOUBLE)");
async function timed(work) {
    const start = process.hrtime.bigint();
    await work();
    return Number(process.hrtime.bigint() - start) / 1e3;
}
const up = await db.prepare(`WITH RECURSIVE up(node, v) AS (SELECT $1::INTEGER, 1.0::DOUBLE UNION ALL
  SELECT e.parent, up.v * e.share FROM up JOIN edge e ON e.child = up.node) SELECT node, sum(v) FROM up GROUP BY node`);
const first = [];
for (const root of shallow) {
    up.bindInteger(1, Number(root));
    await up.runAndReadAll();
    const times = [];
    for (let i = 0; i < 3; i++) times.push(await timed(() => up.runAndReadAll()));
    first.push(Math.min(...times));
}
const step = await db.prepare(`INSERT INTO reach SELECT n.rank, e.parent, sum(r.v * e.share)
  FROM (SELECT node, sum(v) AS v FROM reach WHERE rank = $1 GROUP BY node) r
  JOIN edge e ON e.child = r.node JOIN node n ON n.id = e.parent GROUP BY n.rank, e.parent`);
const second = [];
for (let round = 0; round < 3; round++) {
    second.push(await timed(async () => {
        await db.run("DELETE FROM reach");
        await db.run(`INSERT INTO reach SELECT rank, id, 1.0 FROM node WHERE id = ${deep}`);
        for (let g = Number(rank); g > 0; g--) {
            step.bindInteger(1, g);
            await step.run();
        }
    }));
}
const ends = (await db.runAndReadAll("SELECT count(*), sum(v) FROM (SELECT node, sum(v) AS v FROM reach WHERE rank = 0 GROUP BY node)")).getRows()[0];
console.log(median(first), median(second), String(ends[0]), String(ends[1]));
