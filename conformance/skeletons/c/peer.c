/* A peer for `conclave`: the protocol, and the practice layer toy. Put your own layer in its place. Needs cJSON and POSIX. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 16

/* The state behind each handle: its name, and the texts that have come. */
static struct { char name[256]; cJSON *texts; } states[MOST];
static int handles = 0;

static cJSON *verdict(const char *name, const char *key, cJSON *value) {
    cJSON *result = cJSON_CreateObject();
    cJSON_AddStringToObject(result, "verdict", name);
    cJSON_AddItemToObject(result, key, value);
    return result;
}

static cJSON *accepted(cJSON *output) { return verdict("accepted", "output", output); }
static cJSON *refused(const char *clause) { return verdict("refused", "clause", cJSON_CreateString(clause)); }

static cJSON *output(const char *key, cJSON *value) {
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToObject(object, key, value);
    return object;
}

/* cJSON would write a large number with an exponent, which is no whole number to the runner. */
static cJSON *whole(double value) {
    char text[32];
    snprintf(text, sizeof text, "%.0f", value);
    return cJSON_CreateRaw(text);
}

static int find(const cJSON *params) {
    const char *on = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(params, "on"));
    for (int at = 0; on != NULL && at < handles; at++)
        if (strcmp(states[at].name, on) == 0) return at;
    return -1;
}

static cJSON *hello(const cJSON *params) {
    (void)params;
    return cJSON_Parse("{\"protocol\":\"conclave-peer/1\",\"name\":\"my-port\",\"version\":\"0.1.0\",\"language\":\"C\","
                       "\"suites\":[1],\"layers\":[\"toy\"],\"options\":[]}");
}

static cJSON *reset(const cJSON *params) {
    (void)params;
    while (handles > 0) cJSON_Delete(states[--handles].texts);
    return accepted(cJSON_CreateObject());
}

static cJSON *twice(const cJSON *params) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(params, "value");
    if (!cJSON_IsNumber(value)) return verdict("malformed", "clause", cJSON_CreateString("toy.number"));
    if (value->valuedouble < 0) return refused("toy.positive");
    return accepted(output("value", whole(2 * value->valuedouble)));
}

static cJSON *opened(const cJSON *params) {
    const char *on = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(params, "on"));
    if (on == NULL || handles == MOST) return refused("toy.known");
    snprintf(states[handles].name, sizeof states[handles].name, "%s", on);
    states[handles++].texts = cJSON_CreateArray();
    return accepted(cJSON_CreateObject());
}

static cJSON *receive(const cJSON *params) {
    int at = find(params);
    if (at < 0) return refused("toy.known");
    int next = cJSON_GetArraySize(states[at].texts) + 1;
    int number = (int)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(params, "number"));
    if (number < next) return verdict("ignored", "reason", cJSON_CreateString("duplicate"));
    if (number > next) {
        cJSON *missing = cJSON_CreateArray();
        for (int each = next; each < number; each++) cJSON_AddItemToArray(missing, whole(each));
        return verdict("waiting", "missing", missing);
    }
    cJSON_AddItemToArray(states[at].texts, cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(params, "text"), 1));
    return accepted(output("texts", cJSON_Duplicate(states[at].texts, 1)));
}

static const struct { const char *name; cJSON *(*call)(const cJSON *); } methods[] = {
    {"hello", hello},
    {"reset", reset},
    /* Your methods go here; toy goes out, here and in hello, when the first of your own layers is in. */
    {"toy.double", twice},
    {"toy.open", opened},
    {"toy.receive", receive},
};

static cJSON *answer(const cJSON *request) {
    const char *method = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(request, "method"));
    cJSON *reply = cJSON_CreateObject(), *result = NULL;
    for (size_t at = 0; method != NULL && at < sizeof methods / sizeof *methods; at++)
        if (strcmp(methods[at].name, method) == 0) result = methods[at].call(cJSON_GetObjectItemCaseSensitive(request, "params"));
    cJSON_AddStringToObject(reply, "jsonrpc", "2.0");
    cJSON_AddItemToObject(reply, "id", cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(request, "id"), 1));
    if (result != NULL) cJSON_AddItemToObject(reply, "result", result);
    else cJSON_AddItemToObject(reply, "error", cJSON_Parse("{\"code\":-32601,\"message\":\"no such method\"}"));
    return reply;
}

int main(void) {
    char *line = NULL;
    size_t size = 0;
    /* getline grows its buffer: lines have up to 16 MiB. */
    while (getline(&line, &size, stdin) > 0) {
        cJSON *request = cJSON_Parse(line), *reply = answer(request);
        char *text = cJSON_PrintUnformatted(reply);
        puts(text);
        fflush(stdout);
        free(text);
        cJSON_Delete(reply);
        cJSON_Delete(request);
    }
    return 0;
}
