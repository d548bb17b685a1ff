/* The facts of one access as views, and the address in them. A fact that is absent has p == NULL. */
#ifndef MARZIPAN_FACTS_H
#define MARZIPAN_FACTS_H

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "_patterns.h"
#include "_wire.h"

#define MZ_REQUIRED 64
#define MZ_UNREAD 255

/* A path or resource, read once and only where a caveat asks: `text` is then without its query. */
typedef struct {
    mz_view text;
    int reading; /* MZ_UNREAD, or whether it is plain */
} mz_path;

typedef struct {
    int64_t now;
    int64_t leeway;
    mz_view method, tool, audience, currency, body_hash, binding;
    mz_path path, resource;
    int64_t amount; /* minor units; negative where absent */
    mz_view required[MZ_REQUIRED];
    uint32_t required_count;
    mz_view client_ip;
    uint8_t client[16];
    uint32_t client_size; /* 0: absent or no address, 4 or 16; MZ_UNREAD until it is asked for */
} mz_facts;

/* Whether a path is there and has one reading, as far as can be said here. */
static inline int mz_path_read(mz_path *path) {
    if (path->reading == MZ_UNREAD) {
        path->text = mz_without_query(path->text);
        path->reading = mz_path_is_plain(path->text);
    }
    return path->reading;
}

/* Read the address in the facts, once and only where something asks: IPv4-mapped ones as IPv4,
 * client_size 0 where it is none. */
static inline void mz_read_client(mz_facts *f) {
    char copy[INET6_ADDRSTRLEN];
    if (f->client_size != MZ_UNREAD) return;
    f->client_size = 0;
    if (!f->client_ip.p || f->client_ip.n >= sizeof copy) return;
    memcpy(copy, f->client_ip.p, f->client_ip.n);
    copy[f->client_ip.n] = 0;
    if (strlen(copy) != f->client_ip.n) return;
    if (inet_pton(AF_INET, copy, f->client) == 1)
        f->client_size = 4;
    else if (inet_pton(AF_INET6, copy, f->client) == 1) {
        f->client_size = 16;
        if (memcmp(f->client, MZ_MAPPED, 12) == 0) {
            memcpy(f->client, f->client + 12, 4);
            f->client_size = 4;
        }
    }
}

/* Whether a packed network contains the client's address. */
static inline int mz_contains(mz_view network, mz_facts *f) {
    mz_read_client(f);
    if (!f->client_size || network.n != f->client_size + 1) return 0;
    unsigned length = network.p[network.n - 1], whole = length / 8, rest = length % 8;
    if (memcmp(network.p, f->client, whole) != 0) return 0;
    return !rest || ((network.p[whole] ^ f->client[whole]) & (uint8_t)(0xFF00u >> rest)) == 0;
}

#endif
