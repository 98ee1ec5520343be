// Bodies that kombu compressed: zlib streams (which it calls gzip) and bzip2.
#include "decoder.hpp"

#include <algorithm>

#include <bzlib.h>
#include <zlib.h>

namespace {

enum class Step { more, finished, damaged };

struct Inflater {
    z_stream stream = {};
    bool is_open = false;

    explicit Inflater(std::string_view input) {
        stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(input.data()));
        stream.avail_in = static_cast<uInt>(input.size());
        // 32: a zlib stream, or a gzip file although Celery's own workers refuse one.
        is_open = inflateInit2(&stream, 15 + 32) == Z_OK;
    }
    ~Inflater() {
        if (is_open) inflateEnd(&stream);
    }
    Step step(char *output, size_t room, size_t &written) {
        stream.next_out = reinterpret_cast<Bytef *>(output);
        stream.avail_out = static_cast<uInt>(room);
        const int result = inflate(&stream, Z_NO_FLUSH);
        written = room - stream.avail_out;
        if (result == Z_STREAM_END) return Step::finished;
        return result == Z_OK && written > 0 ? Step::more : Step::damaged;
    }
};

struct Bunzipper {
    bz_stream stream = {};
    bool is_open = false;

    explicit Bunzipper(std::string_view input) {
        stream.next_in = const_cast<char *>(input.data());
        stream.avail_in = static_cast<unsigned>(input.size());
        is_open = BZ2_bzDecompressInit(&stream, 0, 0) == BZ_OK;
    }
    ~Bunzipper() {
        if (is_open) BZ2_bzDecompressEnd(&stream);
    }
    Step step(char *output, size_t room, size_t &written) {
        stream.next_out = output;
        stream.avail_out = static_cast<unsigned>(room);
        const int result = BZ2_bzDecompress(&stream);
        written = room - stream.avail_out;
        if (result == BZ_STREAM_END) return Step::finished;
        return result == BZ_OK && written > 0 ? Step::more : Step::damaged;
    }
};

// Into `body`, which grows as the output does: a few bytes can claim gigabytes.
template <class Codec>
calyx_problem expand(Codec &codec, size_t largest, calyx::Buffer &body, size_t &length) {
    if (!codec.is_open || !body.reserve(64 << 10)) return CALYX_OUT_OF_MEMORY;
    length = 0;
    while (true) {
        const size_t room = body.capacity - simdjson::SIMDJSON_PADDING - length;
        size_t written = 0;
        const Step step = codec.step(body.bytes.get() + length, room, written);
        length += written;
        if (step == Step::damaged) return CALYX_BAD_COMPRESSION;
        if (length > largest) return CALYX_OVERSIZED;
        if (step == Step::finished) return CALYX_OK;
        if (written < room) continue;
        const size_t wanted = std::min(2 * body.capacity, largest + 1 + simdjson::SIMDJSON_PADDING);
        if (!body.grow(wanted, length)) return CALYX_OUT_OF_MEMORY;
    }
}

}  // namespace

calyx_problem calyx_decoder::decompress(std::string_view compressed, BodyForm::Compression compression) {
    if (compression == BodyForm::Compression::zlib) {
        Inflater inflater(compressed);
        return expand(inflater, largest, body, length);
    }
    Bunzipper bunzipper(compressed);
    return expand(bunzipper, largest, body, length);
}
