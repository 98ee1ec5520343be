#pragma once
#include <stddef.h>

// The files of `assets/`, embedded in the program.

typedef struct {
    const char *_Nonnull name;
    const unsigned char *_Nonnull bytes;
    size_t length;
} calyx_web_asset_t;

int calyx_web_asset_count(void);

// `index` is in 0 ..< count.
calyx_web_asset_t calyx_web_asset(int index);
