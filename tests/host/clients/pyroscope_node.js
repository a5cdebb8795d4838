// Pushes wall, CPU and heap profiles of itself with Pyroscope's Node SDK:
// pyroscope_node.js ADDRESS SECONDS.
'use strict';
const { createHash } = require('node:crypto');
const { setTimeout: sleep } = require('node:timers/promises');
const pyroscope = require('@pyroscope/nodejs');

function burnProcessor(until) {
  let digest = '';
  while (Date.now() < until) {
    for (let i = 0; i < 1000; ++i) digest = createHash('sha256').update(digest).digest('hex');
  }
}

const kept = [];
function allocateMemory() {
  for (let i = 0; i < 1000; ++i) kept.push(new Array(100).fill(i));
}

async function main() {
  const [address, seconds] = process.argv.slice(2);
  pyroscope.init({
    appName: 'node.client',
    serverAddress: `http://${address}`,
    tags: { region: 'eu' },
    tenantID: 'clients',
    flushIntervalMs: 2000,
    wall: { collectCpuTime: true, samplingDurationMs: 2000 },
    heap: { samplingIntervalBytes: 64 * 1024 },
  });
  pyroscope.start();
  const until = Date.now() + 1000 * Number(seconds);
  while (Date.now() < until) {
    burnProcessor(Date.now() + 200);
    allocateMemory();
    await sleep(10);
  }
  await pyroscope.stop();
}

main();
