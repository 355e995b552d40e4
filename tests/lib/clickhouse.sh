# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A ClickHouse of one's own, and the statements that ship for it.

CLICKHOUSE=127.0.0.1:7123

# clickhouse_configure DIR: DIR/config.xml, for one that keeps all in DIR and listens at $CLICKHOUSE.
clickhouse_configure() {
	local dir=$1

	mkdir -p "$dir"
	cat >"$dir/config.xml" <<-END
		<yandex>
			<logger><level>error</level><log>$dir/log</log><errorlog>$dir/errors</errorlog></logger>
			<http_port>${CLICKHOUSE##*:}</http_port><tcp_port>7124</tcp_port><listen_host>${CLICKHOUSE%:*}</listen_host>
			<path>$dir/data/</path><tmp_path>$dir/tmp/</tmp_path><mark_cache_size>100000000</mark_cache_size>
			<users_config>$dir/users.xml</users_config>
			<default_profile>default</default_profile><default_database>default</default_database>
		</yandex>
	END
	cat >"$dir/users.xml" <<-END
		<yandex><profiles><default/></profiles><quotas><default/></quotas><users><default><password></password>
			<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
		</default></users></yandex>
	END
}

# clickhouse_statement N: of clickhouse.sql: the database, the table, what is kept of hosts and leakers, and the questions.
clickhouse_statement() {
	grep -v '^ *--' tools/pipeline/clickhouse.sql | awk -v RS=';' -v n="$1" 'NR == n'
}
