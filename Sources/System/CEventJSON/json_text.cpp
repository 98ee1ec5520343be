#include "json_text.hpp"

#include <cstring>

namespace {

unsigned hex_value(char character) {
    if (character >= '0' && character <= '9') return static_cast<unsigned>(character - '0');
    const char lower = static_cast<char>(character | 0x20);
    if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a' + 10);
    return 0x10000;
}

// The code unit of `\uXXXX` at `at` (which points at the backslash), or a value above 0xFFFF.
unsigned unicode_escape(const char *at, const char *end) {
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return 0x10000;
    return hex_value(at[2]) << 12 | hex_value(at[3]) << 8 | hex_value(at[4]) << 4 | hex_value(at[5]);
}

char *append_utf8(char *output, unsigned scalar) {
    if (scalar < 0x80) {
        *output++ = static_cast<char>(scalar);
    } else if (scalar < 0x800) {
        *output++ = static_cast<char>(0xC0 | scalar >> 6);
        *output++ = static_cast<char>(0x80 | (scalar & 0x3F));
    } else if (scalar < 0x10000) {
        *output++ = static_cast<char>(0xE0 | scalar >> 12);
        *output++ = static_cast<char>(0x80 | (scalar >> 6 & 0x3F));
        *output++ = static_cast<char>(0x80 | (scalar & 0x3F));
    } else {
        *output++ = static_cast<char>(0xF0 | scalar >> 18);
        *output++ = static_cast<char>(0x80 | (scalar >> 12 & 0x3F));
        *output++ = static_cast<char>(0x80 | (scalar >> 6 & 0x3F));
        *output++ = static_cast<char>(0x80 | (scalar & 0x3F));
    }
    return output;
}

}  // namespace

char *calyx_unescape(const char *at, const char *end, char *output, bool &clean) {
    while (at < end) {
        const auto *slash = static_cast<const char *>(std::memchr(at, '\\', static_cast<size_t>(end - at)));
        const size_t plain = static_cast<size_t>((slash ? slash : end) - at);
        std::memcpy(output, at, plain);
        output += plain;
        if (!slash) break;
        at = slash;
        char simple = 0;
        switch (end - at > 1 ? at[1] : 0) {
        case 'n': simple = '\n'; break;
        case 't': simple = '\t'; break;
        case 'r': simple = '\r'; break;
        case 'b': simple = '\b'; break;
        case 'f': simple = '\f'; break;
        case '"': simple = '"'; break;
        case '\\': simple = '\\'; break;
        case '/': simple = '/'; break;
        default: break;
        }
        if (simple != 0) {
            *output++ = simple;
            at += 2;
            continue;
        }
        unsigned scalar = unicode_escape(at, end);
        if (scalar > 0xFFFF) {
            clean = false;
            *output++ = *at++;
            continue;
        }
        at += 6;
        if (scalar >= 0xD800 && scalar < 0xDC00) {
            const unsigned low = unicode_escape(at, end);
            if (low >= 0xDC00 && low < 0xE000) {
                scalar = 0x10000 + ((scalar - 0xD800) << 10) + (low - 0xDC00);
                at += 6;
            }
        }
        if (scalar >= 0xD800 && scalar < 0xE000) {
            scalar = 0xFFFD;
            clean = false;
        }
        output = append_utf8(output, scalar);
    }
    return output;
}

void calyx_repair(char *text, size_t length) {
    for (size_t at = 0; at < length; ++at) {
        if (static_cast<unsigned char>(text[at]) < 0x20) text[at] = ' ';
    }
    calyx_repair_utf8(text, length);
}

void calyx_repair_utf8(char *text, size_t length) {
    size_t at = 0;
    while (at < length) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte < 0x80) {
            ++at;
            continue;
        }
        size_t more = 0;
        unsigned scalar = 0, least = 0;
        if (byte >= 0xC2 && byte < 0xE0) more = 1, scalar = byte & 0x1F, least = 0x80;
        else if (byte >= 0xE0 && byte < 0xF0) more = 2, scalar = byte & 0x0F, least = 0x800;
        else if (byte >= 0xF0 && byte < 0xF5) more = 3, scalar = byte & 0x07, least = 0x10000;
        bool good = more > 0 && at + more < length;
        for (size_t step = 1; good && step <= more; ++step) {
            const auto next = static_cast<unsigned char>(text[at + step]);
            good = (next & 0xC0) == 0x80;
            scalar = scalar << 6 | (next & 0x3F);
        }
        good = good && scalar >= least && scalar <= 0x10FFFF && (scalar < 0xD800 || scalar > 0xDFFF);
        if (good) {
            at += more + 1;
        } else {
            text[at++] = '?';
        }
    }
}
