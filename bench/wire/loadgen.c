#define _GNU_SOURCE
/* A load generator for HTTP/1.1 with keep-alive: one request, many connections, one thread.
 *
 *     loadgen PORT CONNECTIONS SECONDS RATE < request
 *
 * RATE 0 is closed: a connection sends again as soon as it has its answer. A rate in requests a
 * second is open: requests are due by the clock, whatever became of those before, and a latency
 * counts from when its request was due, not from when it could be sent. (Gil Tene calls the other
 * way coordinated omission.) Prints JSON; latencies in microseconds. The first tenth of the time
 * warms up and is not counted.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST = 65536, ANSWER = 65536, BUCKETS = 64 * 64 };

struct connection { int fd, busy; size_t have; long due; char answer[ANSWER]; };

static char request[REQUEST];
static size_t request_size;
static long histogram[BUCKETS], answered, not_2xx, broken;
static const double parts[] = {50, 75, 90, 95, 99, 99.9, 99.99, 100};

static long now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

/* Buckets of 1/32 of a power of two above 64 ns: at most 3 % wide. */
static int bucket_of(long ns) {
    if (ns < 64) return (int)(ns < 0 ? 0 : ns);
    int power = 63 - __builtin_clzl((unsigned long)ns);
    return (power - 5) * 32 + (int)(ns >> (power - 5)) ;
}

static double middle_us(int bucket) {
    if (bucket < 64) return bucket / 1e3;
    int power = bucket / 32 + 4;
    long low = (long)(bucket - (power - 5) * 32) << (power - 5);
    return (low + (1L << (power - 5)) / 2.0) / 1e3;
}

static void die(const char *what) { perror(what); exit(1); }

static int dial(int port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to)) die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

/* 1 where a whole answer is there, 0 where more is to come, -1 where it is none that we know. */
static int complete(struct connection *c) {
    c->answer[c->have] = 0;
    char *end = strstr(c->answer, "\r\n\r\n");
    if (!end) return c->have > ANSWER / 2 ? -1 : 0;
    long length = 0;
    int empty = c->have > 12 && strncmp(c->answer + 9, "204", 3) == 0;
    char *field = strcasestr(c->answer, "\ncontent-length:");
    if (field && field < end) length = atol(field + 16);
    else if (!empty) return -1;
    return c->have >= (size_t)(end + 4 - c->answer) + (size_t)length;
}

static void send_on(struct connection *c, long due) {
    c->busy = 1, c->have = 0, c->due = due;
    size_t sent = 0;
    while (sent < request_size) {
        ssize_t n = write(c->fd, request + sent, request_size - sent);
        if (n < 0 && errno != EAGAIN) { broken++; c->busy = -1; return; }
        sent += n > 0 ? (size_t)n : 0;
    }
}

/* 1 where the answer is whole: the connection is free again. */
static int receive(struct connection *c, long counted_from) {
    ssize_t n = read(c->fd, c->answer + c->have, ANSWER - 1 - c->have);
    if (n < 0 && errno == EAGAIN) return 0;
    if (n > 0) c->have += (size_t)n;
    int whole = n <= 0 ? -1 : complete(c);
    if (whole < 0) { broken++; c->busy = -1; return 0; }
    if (!whole) return 0;
    long at = now_ns();
    if (at >= counted_from) {
        int bucket = bucket_of(at - c->due);
        histogram[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
        answered++;
    }
    if (c->answer[9] != '2') not_2xx++;
    c->busy = 0;
    return 1;
}

static void report(double seconds, long unsent) {
    printf("{\"rate\": %.1f, \"answered\": %ld, \"not_2xx\": %ld, \"broken\": %ld, "
           "\"unsent\": %ld, \"us\": {", answered / seconds, answered, not_2xx, broken, unsent);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        long seen = 0, wanted = (long)(answered * parts[i] / 100 + 0.999999);
        int bucket = 0;
        while (bucket < BUCKETS - 1 && (seen += histogram[bucket]) < wanted) bucket++;
        printf("%s\"%g\": %.2f", i ? ", " : "", parts[i], middle_us(bucket));
    }
    printf("}}\n");
}

int main(int argc, char **argv) {
    if (argc != 5) return fprintf(stderr, "loadgen PORT CONNECTIONS SECONDS RATE < request\n"), 2;
    int count = atoi(argv[2]), epoll = epoll_create1(0), spare = 0;
    double seconds = atof(argv[3]), rate = atof(argv[4]);
    request_size = fread(request, 1, sizeof request, stdin);
    struct connection *all = calloc((size_t)count, sizeof *all);
    struct connection **idle = calloc((size_t)count, sizeof *idle);
    for (int i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
        all[i].fd = dial(atoi(argv[1]));
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].fd, &event)) die("epoll");
        idle[spare++] = &all[i];
    }
    long began = now_ns(), ends = began + (long)(seconds * 1e9);
    long counted_from = began + (ends - began) / 10, due = began;
    double gap = rate > 0 ? 1e9 / rate : 0;
    long n = 0;
    for (long at = began; at < ends; at = now_ns()) {
        while (spare && (gap == 0 || due <= at)) {
            send_on(idle[--spare], gap ? due : now_ns());
            due = began + (long)(++n * gap);
        }
        struct epoll_event events[256];
        /* Open, it spins: a sleeping client would add what the kernel needs to wake it. */
        int ready = epoll_wait(epoll, events, 256, gap ? 0 : 100);
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            if (c->busy > 0 && receive(c, counted_from)) idle[spare++] = c;
            else if (c->busy < 0) epoll_ctl(epoll, EPOLL_CTL_DEL, c->fd, NULL);
        }
    }
    report((ends - counted_from) / 1e9, gap ? (long)(seconds * rate) - n : 0);
    return 0;
}
