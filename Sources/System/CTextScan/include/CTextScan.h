// Looking for a word in long runs of bytes, thirty-two places at a time where the processor can.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { CALYX_NOT_FOUND = -1 };

// Where `needle` begins first in `text`, or CALYX_NOT_FOUND. Letters a to z in the needle also stand for A to Z; every other
// byte stands for itself. A needle of no bytes is found at 0.
ptrdiff_t calyx_text_find(
    const uint8_t *_Nullable text, size_t length, const uint8_t *_Nullable needle, size_t needle_length);
