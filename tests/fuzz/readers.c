/* The C readers under libFuzzer and the sanitizers: no input may be read past its end. What the
 * inputs mean is compared by the other half of the fuzzing, which goes on from the corpus that grows
 * here. TARGET in the environment names what the input is: text, envelope, header or block.
 *
 *     clang -g -O1 -fsanitize=fuzzer,address,undefined -Iengine tests/fuzz/readers.c
 */
#include <stdio.h>
#include <stdlib.h>

#include "_judge.h"
#include "_text.h"

typedef void (*target)(const uint8_t *data, size_t length);

static mz_view view(const char *text) {
    mz_view made = {(const uint8_t *)text, (uint32_t)strlen(text)};
    return made;
}

static int dead(const void *denied, mz_view actor, int64_t issued_at) {
    (void)denied;
    return actor.n && actor.p[actor.n - 1] == 't' && issued_at >= 0;
}

/* The judge, asked for two accesses; and a block that is allowed must be passed as it was read. */
static void judge(const mz_token *t) {
    static const char *facts[][7] = {
        {"10.1.2.3", "GET", "/a/b?q", "files.read", "x/y", "a", "USD"},
        {"::ffff:10.0.0.1", "PUT", "/a/%41;x", "a.b", "*", "b", "EUR"},
    };
    for (int i = 0; i < 2; i++) {
        const char **one = facts[i];
        mz_facts f = {.now = 1800000000, .leeway = 60, .amount = 3, .client_size = MZ_UNREAD};
        mz_actors actors = {dead, NULL};
        mz_narrowed n = {.expires_at = INT64_MAX};
        f.client_ip = view(one[0]), f.method = view(one[1]), f.path = view(one[2]);
        f.tool = view(one[3]), f.resource = view(one[4]), f.audience = view(one[5]);
        f.currency = view(one[6]), f.body_hash = f.binding = view("hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh");
        f.required[0] = view("read:a"), f.required_count = 1;
        if (!mz_blocks_allow(t, &f, i ? &actors : NULL, &n)) continue;
        for (int b = 0; b < t->blocks; b++) {
            mz_cursor c = {t->block[b].p, t->block[b].p + t->block[b].n};
            mz_skip(&c);
            if (c.p != c.end) abort();
        }
    }
}

static void read_lists(const mz_token *t) {
    mz_facts f = {.client_ip = view("10.1.2.3"), .client_size = MZ_UNREAD};
    const uint8_t *p = t->scopes.first;
    if (!t->is_grant) return;
    for (uint32_t i = 0; i < t->scopes.count; i++) {
        mz_view scope = mz_next_str(&p);
        if (mz_is_scope(scope)) mz_scope_covers(scope, view("marzipan:x"));
    }
    p = t->cidrs.first;
    for (uint32_t i = 0; i < t->cidrs.count; i++) mz_contains(mz_next_bin(&p), &f);
    p = t->audiences.first;
    for (uint32_t i = 0; i < t->audiences.count; i++) mz_equal(mz_next_str(&p), view("a"));
}

static void header(const uint8_t *data, size_t length) {
    mz_token t = {.header = {data, (uint32_t)length}};
    if (mz_read_header(&t)) read_lists(&t);
}

static void block(const uint8_t *data, size_t length) {
    mz_token t = {.blocks = 1, .block = {{data, (uint32_t)length}}};
    if (length && length <= MZ_BLOCK_LIMIT) judge(&t);
}

static void envelope(const uint8_t *data, size_t length) {
    static const uint8_t root[32];
    mz_token t;
    if (!mz_token_read(&t, data, length)) return;
    read_lists(&t);
    if (t.header.n >= MZ_CHUNK) return;
    mz_token_fold(&t, root);
    judge(&t);
}

/* With the checksum as it is, and as base64 alone, since no fuzzer guesses a checksum. */
static void text(const uint8_t *data, size_t length) {
    uint8_t *out = malloc(length / 4 * 3 + 3);
    if (!out) abort();
    if (length > 5) mz_text_decode(data, length, 5, out);
    long size = length <= MZ_TEXT_LIMIT ? mz_unbase64(data, length, out) : 0;
    if (size > 0) envelope(out, (size_t)size);
    free(out);
}

static target chosen;

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    static const struct {
        const char *name;
        target run;
    } all[] = {{"text", text}, {"envelope", envelope}, {"header", header}, {"block", block}};
    const char *name = getenv("TARGET");
    (void)argc, (void)argv;
    for (size_t i = 0; name && i < sizeof all / sizeof *all; i++)
        if (!strcmp(all[i].name, name)) chosen = all[i].run;
    if (!chosen) {
        fputs("TARGET must be text, envelope, header or block\n", stderr);
        exit(2);
    }
    mz_choose();
    mz_text_tables();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length) {
    chosen(data, length);
    return 0;
}
