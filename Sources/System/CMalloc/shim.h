#pragma once

// What the allocator of glibc offers beyond the C standard: mallopt and malloc_trim.
#include <malloc.h>
