// Text inside JSON: unescaping as lenient as Python's writer needs, and repair of what simdjson refuses.
#pragma once

#include <cstddef>

// Unescapes the inside of a JSON string. Never writes more than it reads. A lone surrogate becomes U+FFFD and an
// unknown escape stays as it is; both make `clean` false. Returns the end of the output.
char *calyx_unescape(const char *at, const char *end, char *output, bool &clean);

// Replaces bytes that are not UTF-8 by `?`.
void calyx_repair_utf8(char *text, size_t length);

// Replaces what makes simdjson refuse a whole document by `?` (bytes that are not UTF-8) or a space (control characters
// inside strings), so that one damaged text does not cost the events beside it.
void calyx_repair(char *text, size_t length);
