-- SPDX-License-Identifier: GPL-2.0-or-later
-- leakaudit's events in ClickHouse (from 18.16 on), and the questions of a fleet.
--
-- Each event is kept whole; the columns are taken from it when it comes in. An event may come twice, with the same id: of
-- two rows with one key ReplacingMergeTree keeps one, sooner or later, and no question below counts it twice meanwhile.
--
-- Bring them in as rows of one string, for example from Kafka (kafka_format = 'JSONAsString'), or by HTTP:
--   sed 's/\\/\\\\/g' events.json | curl --data-binary @- 'http://localhost:8123/?query=INSERT+INTO+leakaudit.events+(event)+FORMAT+TSV'

CREATE DATABASE IF NOT EXISTS leakaudit;

CREATE TABLE IF NOT EXISTS leakaudit.events
(
    event String,
    time DateTime DEFAULT toDateTime(replaceOne(substring(visitParamExtractString(event, '@timestamp'), 1, 19), 'T', ' '), 'UTC'),
    day Date DEFAULT toDate(time),
    id String DEFAULT visitParamExtractString(visitParamExtractRaw(event, 'event'), 'id'),
    action String DEFAULT visitParamExtractString(visitParamExtractRaw(event, 'event'), 'action'),
    host String DEFAULT visitParamExtractString(visitParamExtractRaw(event, 'host'), 'name'),
    process String DEFAULT visitParamExtractString(visitParamExtractRaw(event, 'process'), 'name'),
    destination String DEFAULT visitParamExtractString(visitParamExtractRaw(event, 'destination'), 'ip'),
    class String DEFAULT visitParamExtractString(visitParamExtractRaw(event, 'leakaudit'), 'class'),
    outcome String DEFAULT visitParamExtractString(visitParamExtractRaw(event, 'leakaudit'), 'outcome'),
    flow String DEFAULT visitParamExtractString(visitParamExtractRaw(event, 'leakaudit'), 'flow_id'),
    -- Numbers, by which many rows are put together fast. What has no flow is told once, with counts of its own.
    flow_number UInt64 DEFAULT sipHash64(if(flow = '', id, flow)),
    leaker UInt64 DEFAULT sipHash64(concat(host, '\\n', process, '\\n', class)),
    interface String DEFAULT visitParamExtractString(visitParamExtractRaw(event, 'interface'), 'name'),
    packets UInt64 DEFAULT visitParamExtractUInt(visitParamExtractRaw(event, 'network'), 'packets'),
    bytes UInt64 DEFAULT visitParamExtractUInt(visitParamExtractRaw(event, 'network'), 'bytes')
)
ENGINE = ReplacingMergeTree() PARTITION BY day ORDER BY (action, time, host, id);

-- When each host was heard last, and when it said last that it ends: all events are not to be read for that.
CREATE MATERIALIZED VIEW IF NOT EXISTS leakaudit.hosts
ENGINE = AggregatingMergeTree() ORDER BY host
AS SELECT host, maxState(time) AS heard, maxIfState(time, action = 'summary') AS ended
FROM leakaudit.events
GROUP BY host;

-- What a number of a leaker stands for.
CREATE MATERIALIZED VIEW IF NOT EXISTS leakaudit.leakers
ENGINE = ReplacingMergeTree() ORDER BY leaker
AS SELECT DISTINCT leaker, host, process, class
FROM leakaudit.events
WHERE action = 'leak';

-- QUESTION who leaked in the last hour
-- A flow's last event has its totals, so the largest of a flow counts.
SELECT host, process, class, flows, packets, bytes
FROM
(
    SELECT who, count() AS flows, sum(p) AS packets, sum(b) AS bytes
    FROM
    (
        SELECT argMax(leaker, packets) AS who, max(packets) AS p, max(bytes) AS b
        FROM leakaudit.events
        WHERE action = 'leak' AND time > now() - 3600
        GROUP BY flow_number
        HAVING p > 0
    )
    GROUP BY who
    ORDER BY bytes DESC
    LIMIT 100
)
ANY LEFT JOIN
(
    SELECT leaker AS who, any(host) AS host, any(process) AS process, any(class) AS class
    FROM leakaudit.leakers
    GROUP BY leaker
)
USING who
ORDER BY bytes DESC;

-- QUESTION which hosts are silent
-- A run that is alive says so each minute, and one that ends in order says that.
SELECT host, maxMerge(heard) AS last
FROM leakaudit.hosts
GROUP BY host
HAVING last < now() - 180 AND maxIfMerge(ended) != last
ORDER BY last;

-- QUESTION which tunnel drops most
SELECT host, interface, uniqExact(id) AS drops
FROM leakaudit.events
WHERE action = 'tunnel-down'
GROUP BY host, interface
ORDER BY drops DESC
LIMIT 100;
