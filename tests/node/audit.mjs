// Which rules of GraphQL over HTTP does this address keep? Prints [{id, name, status, reason}] as JSON.
import { auditServer } from "graphql-http";

const judged = await auditServer({ url: process.argv[2], fetchFn: fetch });
console.log(JSON.stringify(judged.map(({ id, name, status, reason }) => ({ id, name, status, reason: String(reason) }))));
