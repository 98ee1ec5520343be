#include "CTextScan.h"

#include <stdbool.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// What a byte of the text may have set beyond the needle's byte: the bit that makes a letter lower case.
static inline uint8_t case_bit(uint8_t byte) { return byte >= 'a' && byte <= 'z' ? 0x20 : 0; }

static inline bool matches(const uint8_t *text, const uint8_t *needle, size_t length) {
    for (size_t index = 0; index < length; index++) {
        if ((text[index] | case_bit(needle[index])) != needle[index]) return false;
    }
    return true;
}

// How often a byte is met in reprs, roughly: the higher, the more often.
static uint8_t commonness(uint8_t byte) {
    static const char by_letter[] = "zqxjkvbpygfwmucldrhsnioate";
    if (byte >= 'a' && byte <= 'z') {
        uint8_t rank = 0;
        while (by_letter[rank] != (char)byte) rank++;
        return (uint8_t)(40 + 4 * rank);
    }
    if (byte >= '0' && byte <= '9') return 100;
    return byte == ' ' || byte == '\'' || byte == ',' ? 200 : 30;
}

// The two places of a needle by which the text is sifted: its rarest bytes, as it seems.
typedef struct {
    size_t one, other;
} anchors;

static anchors choose_anchors(const uint8_t *needle, size_t length) {
    anchors chosen = {0, length - 1};
    uint8_t least = 255;
    for (size_t place = 0; place < length; place++) {
        const uint8_t rank = commonness(needle[place]);
        if (rank < least) {
            least = rank;
            chosen.one = place;
        }
    }
    least = 255;
    for (size_t place = 0; place < length; place++) {
        if (place == chosen.one) continue;
        const uint8_t rank = commonness(needle[place]);
        if (rank < least) {
            least = rank;
            chosen.other = place;
        }
    }
    return chosen;
}

static ptrdiff_t find_bytes(
    const uint8_t *text, size_t places, const uint8_t *needle, size_t length, size_t from) {
    for (size_t place = from; place < places; place++) {
        if (matches(text + place, needle, length)) return (ptrdiff_t)place;
    }
    return CALYX_NOT_FOUND;
}

#if defined(__x86_64__)
// Only where both anchors fit is the rest compared.
__attribute__((target("avx2"))) static ptrdiff_t find_avx2(
    const uint8_t *text, size_t places, const uint8_t *needle, size_t length) {
    const anchors at = choose_anchors(needle, length);
    const __m256i one = _mm256_set1_epi8((char)needle[at.one]), other = _mm256_set1_epi8((char)needle[at.other]);
    const __m256i one_bit = _mm256_set1_epi8((char)case_bit(needle[at.one]));
    const __m256i other_bit = _mm256_set1_epi8((char)case_bit(needle[at.other]));
    size_t place = 0;
    for (; place + 32 <= places; place += 32) {
        const __m256i ones = _mm256_loadu_si256((const __m256i *)(text + place + at.one));
        const __m256i others = _mm256_loadu_si256((const __m256i *)(text + place + at.other));
        const __m256i both = _mm256_and_si256(
            _mm256_cmpeq_epi8(_mm256_or_si256(ones, one_bit), one),
            _mm256_cmpeq_epi8(_mm256_or_si256(others, other_bit), other));
        uint32_t candidates = (uint32_t)_mm256_movemask_epi8(both);
        while (candidates != 0) {
            const size_t candidate = place + (size_t)__builtin_ctz(candidates);
            if (matches(text + candidate, needle, length)) return (ptrdiff_t)candidate;
            candidates &= candidates - 1;
        }
    }
    return find_bytes(text, places, needle, length, place);
}

static ptrdiff_t find_sse2(const uint8_t *text, size_t places, const uint8_t *needle, size_t length) {
    const anchors at = choose_anchors(needle, length);
    const __m128i one = _mm_set1_epi8((char)needle[at.one]), other = _mm_set1_epi8((char)needle[at.other]);
    const __m128i one_bit = _mm_set1_epi8((char)case_bit(needle[at.one]));
    const __m128i other_bit = _mm_set1_epi8((char)case_bit(needle[at.other]));
    size_t place = 0;
    for (; place + 16 <= places; place += 16) {
        const __m128i ones = _mm_loadu_si128((const __m128i *)(text + place + at.one));
        const __m128i others = _mm_loadu_si128((const __m128i *)(text + place + at.other));
        const __m128i both = _mm_and_si128(
            _mm_cmpeq_epi8(_mm_or_si128(ones, one_bit), one), _mm_cmpeq_epi8(_mm_or_si128(others, other_bit), other));
        uint32_t candidates = (uint32_t)_mm_movemask_epi8(both);
        while (candidates != 0) {
            const size_t candidate = place + (size_t)__builtin_ctz(candidates);
            if (matches(text + candidate, needle, length)) return (ptrdiff_t)candidate;
            candidates &= candidates - 1;
        }
    }
    return find_bytes(text, places, needle, length, place);
}
#endif

ptrdiff_t calyx_text_find(const uint8_t *text, size_t length, const uint8_t *needle, size_t needle_length) {
    if (needle_length == 0) return 0;
    if (text == NULL || needle == NULL || length < needle_length) return CALYX_NOT_FOUND;
    const size_t places = length - needle_length + 1;
    if (places < 16) return find_bytes(text, places, needle, needle_length, 0);
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") ? find_avx2(text, places, needle, needle_length)
                                          : find_sse2(text, places, needle, needle_length);
#else
    return find_bytes(text, places, needle, needle_length, 0);
#endif
}
