// hiredis parses RESP and formats commands; sockets and TLS are NIO's (docs/architecture.md).
#include <hiredis/hiredis.h>
#include <stdlib.h>

// What a reply is made of, told in the order of the bytes. `bytes` is valid only during the call.
// `depth` is 0 for a reply itself, 1 for an element of it, 2 for anything deeper; `index` counts within the parent.
typedef struct calyx_resp_visitor {
    void *_Nonnull context;
    void (*_Nonnull string)(void *_Nonnull context, int type, int depth, int index, const char *_Nullable bytes,
                            size_t length);
    void (*_Nonnull integer)(void *_Nonnull context, int depth, int index, long long value);
    void (*_Nonnull nil)(void *_Nonnull context, int depth, int index);
    void (*_Nonnull array)(void *_Nonnull context, int depth, int index, size_t count);
} calyx_resp_visitor;

static inline int calyx_resp_depth(const redisReadTask *task) {
    if (task->parent == NULL) return 0;
    return task->parent->parent == NULL ? 1 : 2;
}

static inline const calyx_resp_visitor *calyx_resp_visitor_of(const redisReadTask *task) {
    return (const calyx_resp_visitor *)task->privdata;
}

// hiredis takes a null result for "out of memory"; the task itself stands for the object that nobody builds.
static inline void *calyx_resp_string(const redisReadTask *task, char *bytes, size_t length) {
    const calyx_resp_visitor *visitor = calyx_resp_visitor_of(task);
    visitor->string(visitor->context, task->type, calyx_resp_depth(task), task->idx, bytes, length);
    return (void *)task;
}

static inline void *calyx_resp_integer(const redisReadTask *task, long long value) {
    const calyx_resp_visitor *visitor = calyx_resp_visitor_of(task);
    visitor->integer(visitor->context, calyx_resp_depth(task), task->idx, value);
    return (void *)task;
}

static inline void *calyx_resp_nil(const redisReadTask *task) {
    const calyx_resp_visitor *visitor = calyx_resp_visitor_of(task);
    visitor->nil(visitor->context, calyx_resp_depth(task), task->idx);
    return (void *)task;
}

static inline void calyx_resp_free(void *object) { (void)object; }

// hiredis 1.0 counts elements as size_t and adds the RESP3 types.
#if HIREDIS_MAJOR >= 1
static inline void *calyx_resp_array(const redisReadTask *task, size_t count) {
    const calyx_resp_visitor *visitor = calyx_resp_visitor_of(task);
    visitor->array(visitor->context, calyx_resp_depth(task), task->idx, count);
    return (void *)task;
}
static inline void *calyx_resp_double(const redisReadTask *task, double value, char *bytes, size_t length) {
    (void)value;
    return calyx_resp_string(task, bytes, length);
}
static inline void *calyx_resp_bool(const redisReadTask *task, int value) { return calyx_resp_integer(task, value); }
#else
static inline void *calyx_resp_array(const redisReadTask *task, int count) {
    const calyx_resp_visitor *visitor = calyx_resp_visitor_of(task);
    visitor->array(visitor->context, calyx_resp_depth(task), task->idx, count < 0 ? 0 : (size_t)count);
    return (void *)task;
}
#endif

// A reader that builds nothing and tells `visitor` (which must outlive it) what it reads; null when out of memory.
static inline redisReader *_Nullable calyx_resp_reader_create(calyx_resp_visitor *_Nonnull visitor, size_t max_unused) {
    static redisReplyObjectFunctions functions;
    functions.createString = calyx_resp_string;
    functions.createArray = calyx_resp_array;
    functions.createInteger = calyx_resp_integer;
    functions.createNil = calyx_resp_nil;
    functions.freeObject = calyx_resp_free;
#if HIREDIS_MAJOR >= 1
    functions.createDouble = calyx_resp_double;
    functions.createBool = calyx_resp_bool;
#endif
    redisReader *reader = redisReaderCreateWithFunctions(&functions);
    if (reader == NULL) return NULL;
    reader->privdata = visitor;
    reader->maxbuf = max_unused;
    return reader;
}
