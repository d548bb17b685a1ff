/* Memory of tables: zeroed when it is given, and given back bit by bit.
 *
 * Half a gigabyte takes the kernel tens of milliseconds to take back at once, and whoever waits for
 * that is an event loop. Zeroed pages cost nothing until they are touched.
 */
#ifndef MARZIPAN_PAGES_H
#define MARZIPAN_PAGES_H

#include <stddef.h>
#include <stdlib.h>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#define MZ_HAS_MMAP 1
#else
#define MZ_HAS_MMAP 0
#endif

#define MZ_PORTION ((size_t)2 << 20) /* given back at a time; a multiple of every page's size */

static inline int mz_pages_mapped(size_t bytes) { return MZ_HAS_MMAP && bytes >= 2 * MZ_PORTION; }

/* Zeroed memory, or NULL. `bytes` is 33 times a power of two: from two portions on whole pages. */
static inline void *mz_pages_new(size_t bytes) {
#if MZ_HAS_MMAP
    if (mz_pages_mapped(bytes)) {
        void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return p == MAP_FAILED ? NULL : p;
    }
#endif
    return calloc(1, bytes);
}

/* Give back the end of it, or all of it; how much is left, which still counts as mapped. */
static inline size_t mz_pages_shrink(void *p, size_t bytes, size_t by) {
#if MZ_HAS_MMAP
    if (mz_pages_mapped(bytes) && by < bytes && mz_pages_mapped(bytes - by)) {
        munmap((char *)p + bytes - by, by);
        return bytes - by;
    }
    if (mz_pages_mapped(bytes)) {
        munmap(p, bytes);
        return 0;
    }
#endif
    free(p);
    return 0;
}

#endif
