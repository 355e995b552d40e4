/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON Schema (draft 2020-12) of every event: a table of fields in the order of their paths, from
 * which the objects around them are made. Nothing but these fields is allowed.
 */
#include "schema.h"

#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "core/tables.h"
#include "record.h"
#include "record_lines.h"
#include "record_tables.h"
#include "schema_fields.h"

static const char *action_name(unsigned int i)
{
	return record_action_name((enum record_action)i);
}

static const char *cause_name(unsigned int i)
{
	return record_cause_name((enum record_cause)i);
}

static const char *outcome_name(unsigned int i)
{
	return record_outcome_name((enum record_outcome)i);
}

static const char *table_name(unsigned int i)
{
	return i == RECORD_TABLE_INTERFACES ? NULL : record_table_name((enum record_table)i);
}

static const char *change_name(unsigned int i)
{
	return link_change_name((enum link_change)i);
}

static const char *reason_name(unsigned int i)
{
	return record_line_reason_name((enum record_line_reason)i);
}

static const struct schema_field fields[] = {
#define X(path, type, required, words, name, max) \
	{ path, SCHEMA_##type, required, words, name, max },
	SCHEMA_FIELDS(X)
#undef X
};

static const struct schema_field parts[] = {
#define X(path, type, required, words, name, max) \
	{ path, SCHEMA_##type, required, words, name, max },
	SCHEMA_PARTS(X)
#undef X
};

struct table {
	const struct schema_field *v;
	size_t n;
};

static void put_word(struct json *j, const char *from, size_t len)
{
	char word[64];

	snprintf(word, sizeof(word), "%.*s", (int)len, from);
	json_str(j, NULL, word);
}

/* "a|b|c", and the names of an enum. */
static void put_enum(struct json *j, const struct schema_field *f)
{
	const char *at = f->words ?: "";
	size_t len;

	json_arr(j, "enum");
	for (; *at; at += len + (at[len] == '|')) {
		len = strcspn(at, "|");
		put_word(j, at, len);
	}
	for (unsigned int i = 0; f->name && i < f->max; i++)
		json_str(j, NULL, f->name(i));
	json_end(j);
}

static void put_ref(struct json *j, const char *name, size_t len)
{
	char ref[64];

	snprintf(ref, sizeof(ref), "#/$defs/%.*s", (int)len, name);
	json_str(j, "$ref", ref);
}

/* A list of one of several parts: "a|b". */
static void put_refs(struct json *j, const char *words)
{
	const char *at = words;
	size_t len;

	json_str(j, "type", "array");
	json_obj(j, "items");
	json_arr(j, "anyOf");
	for (; *at; at += len + (at[len] == '|')) {
		len = strcspn(at, "|");
		json_obj(j, NULL);
		put_ref(j, at, len);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

static void put_string(struct json *j, const char *format, const char *pattern)
{
	json_str(j, "type", "string");
	json_str(j, "format", format);
	json_str(j, "pattern", pattern);
}

/* The members of a list that are no objects. */
static void put_list(struct json *j, const struct schema_field *f)
{
	json_str(j, "type", "array");
	json_obj(j, "items");
	if (f->type == SCHEMA_ADDRESSES)
		put_string(j, NULL, SCHEMA_ADDRESS_PATTERN);
	else
		json_str(j, "type", "string");
	if (f->words || f->name)
		put_enum(j, f);
	json_end(j);
}

static void put_number(struct json *j, const char *type)
{
	json_str(j, "type", type);
	json_u64(j, "minimum", 0);
}

static void put_leaf(struct json *j, const struct schema_field *f)
{
	switch (f->type) {
	case SCHEMA_STRING:
		json_str(j, "type", "string");
		break;
	case SCHEMA_WORD:
		json_str(j, "type", "string");
		put_enum(j, f);
		break;
	case SCHEMA_ID:
		put_string(j, NULL, "^[0-9]+$");
		break;
	case SCHEMA_HEX:
		put_string(j, NULL, "^[0-9a-f]{32}(-[0-9]+)?$");
		break;
	case SCHEMA_TIME:
		put_string(j, "date-time", SCHEMA_TIME_PATTERN);
		break;
	case SCHEMA_ADDRESS:
		put_string(j, NULL, SCHEMA_ADDRESS_PATTERN);
		break;
	case SCHEMA_COUNT:
		put_number(j, "integer");
		break;
	case SCHEMA_SECONDS:
		put_number(j, "number");
		break;
	case SCHEMA_FLAG:
		json_str(j, "type", "boolean");
		break;
	case SCHEMA_PART:
		put_ref(j, f->words, strlen(f->words));
		break;
	case SCHEMA_PARTS_LIST:
		put_refs(j, f->words);
		break;
	case SCHEMA_LIST:
	case SCHEMA_ADDRESSES:
		put_list(j, f);
		break;
	}
}

static bool begins(const struct table *t, size_t i, const char *prefix, size_t len)
{
	return i < t->n && !strncmp(t->v[i].path, prefix, len);
}

/* The members of that group that always are there. */
static void put_required(struct json *j, const struct table *t, size_t i, const char *prefix,
			 size_t len)
{
	bool any = false;

	for (; begins(t, i, prefix, len); i++) {
		if (!t->v[i].required || strchr(t->v[i].path + len, '.'))
			continue;
		if (!any)
			json_arr(j, "required");
		any = true;
		json_str(j, NULL, t->v[i].path + len);
	}
	if (any)
		json_end(j);
}

/* Writes the object whose members' paths begin so. Returns the first row that is not of it. */
static size_t put_group(struct json *j, const struct table *t, size_t i, size_t len)
{
	const char *prefix = t->v[i].path, *member;
	char name[64];
	size_t n;

	json_str(j, "type", "object");
	json_bool(j, "additionalProperties", false);
	put_required(j, t, i, prefix, len);
	json_obj(j, "properties");
	while (begins(t, i, prefix, len)) {
		member = t->v[i].path + len;
		n = strcspn(member, ".");
		snprintf(name, sizeof(name), "%.*s", (int)n, member);
		json_obj(j, name);
		if (member[n]) {
			i = put_group(j, t, i, len + n + 1);
		} else {
			put_leaf(j, &t->v[i]);
			i++;
		}
		json_end(j);
	}
	json_end(j);
	return i;
}

/* The objects that every event has. */
static void put_always(struct json *j)
{
	static const char *const names[] = { "ecs", "event", "agent", "observer" };

	json_obj(j, NULL);
	json_arr(j, "required");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		json_str(j, NULL, names[i]);
	json_end(j);
	json_end(j);
}

/* What an event has, by its action. */
static void put_by_action(struct json *j, const char *dataset, const char *action,
			  const char *members)
{
	const char *at = members;
	size_t len;

	json_obj(j, NULL);
	json_obj(j, "if");
	json_obj(j, "properties");
	json_obj(j, "event");
	json_obj(j, "properties");
	json_obj(j, "action");
	json_str(j, "const", action);
	json_end(j);
	json_obj(j, "dataset");
	json_str(j, "const", dataset);
	json_end(j);
	json_end(j);
	json_end(j);
	json_end(j);
	json_end(j);
	json_obj(j, "then");
	json_arr(j, "required");
	json_str(j, NULL, "leakaudit");
	json_end(j);
	json_obj(j, "properties");
	json_obj(j, "leakaudit");
	json_arr(j, "required");
	for (; *at; at += len + (at[len] == '|')) {
		len = strcspn(at, "|");
		put_word(j, at, len);
	}
	json_end(j);
	json_end(j);
	json_end(j);
	json_end(j);
	json_end(j);
}

void schema_json(struct json *j)
{
	static const struct {
		const char *dataset, *action, *members;
	} rows[] = { SCHEMA_ACTIONS };
	const struct table all = { fields, ARRAY_SIZE(fields) },
			   defs = { parts, ARRAY_SIZE(parts) };
	const char *dot;
	size_t i;

	json_obj(j, NULL);
	json_str(j, "$schema", "https://json-schema.org/draft/2020-12/schema");
	json_str(j, "title", "Events of leakaudit " LEAKAUDIT_VERSION);
	json_obj(j, "$defs");
	for (i = 0; i < defs.n;) {
		char name[64];

		dot = strchr(parts[i].path, '.');
		snprintf(name, sizeof(name), "%.*s", (int)(dot - parts[i].path), parts[i].path);
		json_obj(j, name);
		i = put_group(j, &defs, i, (size_t)(dot - parts[i].path) + 1);
		json_end(j);
	}
	json_end(j);
	put_group(j, &all, 0, 0);
	json_arr(j, "allOf");
	put_always(j);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		put_by_action(j, rows[i].dataset, rows[i].action, rows[i].members);
	json_end(j);
	json_end(j);
}
