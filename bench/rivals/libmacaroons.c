/* A loop around libmacaroons: the text of a macaroon is read and verified, `times` times. */
#include <macaroons.h>
#include <string.h>

static const char *const caveats[3] = {"tool = payments.execute", "amount <= 4999 USD",
                                       "scope = payments:*"};
static const unsigned char key[32] = "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk";
static char text[4096];

static const unsigned char *bytes(const char *s) { return (const unsigned char *)s; }

int rival_prepare(void) {
    enum macaroon_returncode err;
    struct macaroon *m =
        macaroon_create(bytes("bench"), 5, key, sizeof key, bytes("key"), 3, &err);
    for (int i = 0; m && i < 3; i++) {
        struct macaroon *next =
            macaroon_add_first_party_caveat(m, bytes(caveats[i]), strlen(caveats[i]), &err);
        macaroon_destroy(m);
        m = next;
    }
    if (!m) return -1;
    int failed = macaroon_serialize(m, text, sizeof text, &err);
    macaroon_destroy(m);
    return failed;
}

/* How many of them verified. */
long rival_run(long times) {
    enum macaroon_returncode err;
    long good = 0;
    for (long n = 0; n < times; n++) {
        struct macaroon *m = macaroon_deserialize(text, &err);
        struct macaroon_verifier *v = macaroon_verifier_create();
        for (int i = 0; i < 3; i++)
            macaroon_verifier_satisfy_exact(v, bytes(caveats[i]), strlen(caveats[i]), &err);
        good += m && macaroon_verify(v, m, key, sizeof key, NULL, 0, &err) == 0;
        macaroon_verifier_destroy(v);
        macaroon_destroy(m);
    }
    return good;
}
