#include "CLinux.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// libnftables is loaded when first needed, so that programs that never filter packets start without it.
// Its interface: libnftables(3).
struct nft_ctx;

static struct {
    struct nft_ctx *(*create)(uint32_t flags);
    void (*destroy)(struct nft_ctx *);
    int (*buffer_output)(struct nft_ctx *);
    int (*buffer_error)(struct nft_ctx *);
    const char *(*output)(struct nft_ctx *);
    const char *(*error)(struct nft_ctx *);
    int (*run)(struct nft_ctx *, const char *);
} nft;

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static bool load(void) {
    if (nft.run) return true;
    void *library = dlopen("libnftables.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) return false;
    *(void **)&nft.create = dlsym(library, "nft_ctx_new");
    *(void **)&nft.destroy = dlsym(library, "nft_ctx_free");
    *(void **)&nft.buffer_output = dlsym(library, "nft_ctx_buffer_output");
    *(void **)&nft.buffer_error = dlsym(library, "nft_ctx_buffer_error");
    *(void **)&nft.output = dlsym(library, "nft_ctx_get_output_buffer");
    *(void **)&nft.error = dlsym(library, "nft_ctx_get_error_buffer");
    if (!nft.create || !nft.destroy || !nft.buffer_output || !nft.buffer_error || !nft.output || !nft.error) {
        return false;
    }
    *(void **)&nft.run = dlsym(library, "nft_run_cmd_from_buffer");
    return nft.run;
}

static char *copy(const char *text) {
    return text && *text ? strdup(text) : NULL;
}

static purser_nft_answer run(const char *commands) {
    purser_nft_answer answer = {.result = -ENOSYS};
    if (!load()) return answer;
    // A context for each call: a kept one would hold on to the caller's network namespace.
    struct nft_ctx *context = nft.create(0);
    if (!context) {
        answer.result = -ENOMEM;
        return answer;
    }
    nft.buffer_output(context);
    nft.buffer_error(context);
    answer.result = nft.run(context, commands) ? -EINVAL : 0;
    answer.output = copy(nft.output(context));
    answer.error = copy(nft.error(context));
    nft.destroy(context);
    return answer;
}

purser_nft_answer purser_nft(const char *commands) {
    pthread_mutex_lock(&turn);
    purser_nft_answer answer = run(commands);
    pthread_mutex_unlock(&turn);
    return answer;
}
