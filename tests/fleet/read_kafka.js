// SPDX-License-Identifier: GPL-2.0-or-later
// usage: read_kafka.js BROKERS TOPIC EVENTS FILE
//
// Reads so many events of a topic with KafkaJS, and appends each as "KEY TAB JSON" to FILE. Ends when it has all.
const fs = require("fs");
const { Kafka, logLevel } = require("kafkajs");

const [brokers, topic, events, file] = process.argv.slice(2);
const consumer = new Kafka({ brokers: brokers.split(","), logLevel: logLevel.ERROR }).consumer({ groupId: "fleet" });
const out = fs.openSync(file, "a");
let left = Number(events);

async function main() {
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachBatch: async ({ batch }) => {
      fs.writeSync(out, batch.messages.map((m) => `${m.key}\t${m.value}\n`).join(""));
      left -= batch.messages.length;
      if (left <= 0) process.exit(0);
    },
  });
}

main().catch((e) => {
  console.error(e);
  process.exit(1);
});
