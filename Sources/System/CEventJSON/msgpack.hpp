// A pull reader of msgpack: one header at a time, no recursion, nothing allocated.
#pragma once

#include <cstddef>
#include <cstdint>

namespace calyx {

// What one header says. The members of an array or map follow it; text and bytes are read over already.
struct MsgpackValue {
    enum class Kind : uint8_t { nil, boolean, integer, real, text, bytes, array, map, extension } kind = Kind::nil;
    bool boolean = false;
    // An unsigned integer beyond int64.
    bool is_too_large = false;
    int64_t integer = 0;
    double real = 0;
    char *data = nullptr;
    // Bytes of a text, elements of an array, pairs of a map.
    uint64_t count = 0;
    // Right behind the header: the members of an array or map.
    char *members = nullptr;

    bool is_container() const { return kind == Kind::array || kind == Kind::map; }
    uint64_t values() const { return kind == Kind::map ? 2 * count : kind == Kind::array ? count : 0; }
};

struct MsgpackReader {
    char *at = nullptr;
    char *end = nullptr;

    // False when what comes is no msgpack or is cut.
    bool next(MsgpackValue &value);
    // Passes over `count` values with everything inside them.
    bool skip(uint64_t count);

private:
    bool big_endian(size_t bytes, uint64_t &value);
    bool content(uint64_t bytes, MsgpackValue &value, MsgpackValue::Kind kind);
    bool container(uint64_t count, MsgpackValue &value, MsgpackValue::Kind kind);
};

}  // namespace calyx
