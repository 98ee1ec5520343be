#include "CEventJSON.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

constexpr uint32_t kBad = 0x80000000;

struct Tables {
    std::array<uint32_t, 256> at[4];
    constexpr Tables() : at() {
        const char *alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (int table = 0; table < 4; ++table)
            for (int byte = 0; byte < 256; ++byte) at[table][byte] = kBad;
        for (uint32_t value = 0; value < 64; ++value)
            for (int table = 0; table < 4; ++table)
                at[table][static_cast<unsigned char>(alphabet[value])] = value << (18 - 6 * table);
    }
};

constexpr Tables kTables;

#if defined(__x86_64__)
// 32 characters to 24 bytes a step: range and value of each character by its nibbles (Muła, Lemire 2018).
__attribute__((target("avx2"))) size_t decode_avx2(const char *&input, size_t length, char *&output) {
    const __m256i lut_lo = _mm256_setr_epi8(
        0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A,
        0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A);
    const __m256i lut_hi = _mm256_setr_epi8(
        0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10,
        0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
    const __m256i lut_roll = _mm256_setr_epi8(
        0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
    const __m256i slash = _mm256_set1_epi8(0x2f);
    while (length >= 45) {
        __m256i text = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(input));
        const __m256i high = _mm256_and_si256(_mm256_srli_epi32(text, 4), slash);
        const __m256i low = _mm256_and_si256(text, slash);
        const __m256i hi = _mm256_shuffle_epi8(lut_hi, high);
        const __m256i lo = _mm256_shuffle_epi8(lut_lo, low);
        if (!_mm256_testz_si256(lo, hi)) break;
        const __m256i roll = _mm256_shuffle_epi8(lut_roll, _mm256_add_epi8(_mm256_cmpeq_epi8(text, slash), high));
        text = _mm256_add_epi8(text, roll);
        const __m256i pairs = _mm256_maddubs_epi16(text, _mm256_set1_epi32(0x01400140));
        __m256i packed = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
        packed = _mm256_shuffle_epi8(
            packed, _mm256_setr_epi8(
                        2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1, 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12,
                        -1, -1, -1, -1));
        packed = _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, -1, -1));
        _mm256_storeu_si256(reinterpret_cast<__m256i *>(output), packed);
        input += 32;
        length -= 32;
        output += 24;
    }
    return length;
}

const bool kHasAVX2 = __builtin_cpu_supports("avx2");
#endif

}  // namespace

extern "C" ptrdiff_t calyx_base64_decode(const char *input, size_t length, char *output) {
    const char *const start = output;
    if (length % 4 == 0 && length > 0 && input[length - 1] == '=') length -= input[length - 2] == '=' ? 2 : 1;
    if (length % 4 == 1) return -1;
#if defined(__x86_64__)
    if (kHasAVX2) length = decode_avx2(input, length, output);
#endif
    const auto *bytes = reinterpret_cast<const unsigned char *>(input);
    while (length >= 4) {
        const uint32_t value = kTables.at[0][bytes[0]] | kTables.at[1][bytes[1]] | kTables.at[2][bytes[2]] |
                               kTables.at[3][bytes[3]];
        if (value & kBad) return -1;
        output[0] = static_cast<char>(value >> 16);
        output[1] = static_cast<char>(value >> 8);
        output[2] = static_cast<char>(value);
        bytes += 4;
        length -= 4;
        output += 3;
    }
    if (length >= 2) {
        uint32_t value = kTables.at[0][bytes[0]] | kTables.at[1][bytes[1]];
        if (length == 3) value |= kTables.at[2][bytes[2]];
        if (value & kBad) return -1;
        *output++ = static_cast<char>(value >> 16);
        if (length == 3) *output++ = static_cast<char>(value >> 8);
    }
    return output - start;
}
