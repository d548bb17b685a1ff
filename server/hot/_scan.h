/* A request's head by its bytes: where it ends, and what of it matters.

   Only what is spelled in the plainest way is read here: a request line and header lines of visible
   ASCII, blanks and tabs, each with its name at its beginning. Such a head means to any parser what
   its lines mean one by one, so that lines on which nothing of the answer depends can be left out,
   whatever they say. Those are named below, one by one: of all others every byte matters. */

#ifndef MZ_SCAN_H
#define MZ_SCAN_H

#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { MZ_HEAD_SIZE = 4096, MZ_HEAD_LINES = 100, MZ_HEAD_ID = 128 };

typedef struct {
    size_t end;  /* bytes of the head, with the empty line */
    size_t size; /* of `matters` */
    const char *id; /* the value of X-Request-ID; NULL where there is none */
    size_t id_size;
    char matters[MZ_HEAD_SIZE]; /* all lines, but for those that don't matter and X-Request-ID */
} mz_head;

/* Read by no handler of the routes that are answered so, nor by what finds or frames them. */
static const char *const mz_idle[] = {
    "accept", "accept-encoding", "accept-language", "b3", "baggage", "cache-control",
    "content-type", "date", "dnt", "pragma", "priority", "referer", "sentry-trace", "traceparent",
    "tracestate", "user-agent", "x-amzn-trace-id", "x-b3-parentspanid", "x-b3-sampled",
    "x-b3-spanid", "x-b3-traceid", "x-datadog-parent-id", "x-datadog-trace-id", "x-request-start",
};

static int mz_is_idle(const char *name, size_t size) {
    for (size_t i = 0; i < sizeof mz_idle / sizeof *mz_idle; i++) {
        const char *idle = mz_idle[i];
        if ((name[0] | 32) == idle[0] && strlen(idle) == size && !strncasecmp(name, idle, size))
            return 1;
    }
    return 0;
}

/* RFC 9110 section 5.6.2, letters and digits and the few others that names have. */
static int mz_is_name(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

static int mz_is_visible(unsigned char c) { return c > 32 && c < 127; }

/* The end of a line that begins at `at`, or 0 where it has no plain one. */
static size_t mz_line_end(const char *text, size_t at, size_t size) {
    while (at < size && (mz_is_visible(text[at]) || text[at] == ' ' || text[at] == '\t'))
        at++;
    return at + 1 < size && text[at] == '\r' && text[at + 1] == '\n' ? at : 0;
}

/* Whether the value from `at` to `end` is an id that is repeated as it stands; it is kept then. */
static int mz_take_id(mz_head *head, const char *text, size_t at, size_t end) {
    while (at < end && text[at] == ' ')
        at++;
    if (head->id || at == end || end - at > MZ_HEAD_ID)
        return 0;
    for (size_t i = at; i < end; i++)
        if (!mz_is_visible(text[i]))
            return 0;
    head->id = text + at;
    head->id_size = end - at;
    return 1;
}

/* Whether `text` begins with a whole head that is plain; what of it matters is in `head` then. */
static int mz_head_scan(const char *text, size_t size, mz_head *head) {
    size_t at = 0, end, name;
    int line = 0;
    head->size = 0;
    head->id = NULL;
    if (size > MZ_HEAD_SIZE)
        size = MZ_HEAD_SIZE;
    if (!size || text[0] < 'A' || text[0] > 'Z')
        return 0;
    for (;; line++, at = end + 2) {
        if (at + 1 < size && text[at] == '\r' && text[at + 1] == '\n') {
            head->end = at + 2;
            return line > 0;
        }
        if (line > MZ_HEAD_LINES || !(end = mz_line_end(text, at, size)))
            return 0;
        if (line) {
            for (name = at; mz_is_name(text[name]); name++)
                ;
            if (name == at || text[name] != ':')
                return 0;
            if (mz_is_idle(text + at, name - at))
                continue;
            if (name - at == 12 && !strncasecmp(text + at, "x-request-id", 12)) {
                if (!mz_take_id(head, text, name + 1, end))
                    return 0;
                continue;
            }
        }
        memcpy(head->matters + head->size, text + at, end + 2 - at);
        head->size += end + 2 - at;
    }
}

#endif
