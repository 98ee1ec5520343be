#include "msgpack.hpp"

#include <cstring>

namespace calyx {

using Kind = MsgpackValue::Kind;

bool MsgpackReader::big_endian(size_t bytes, uint64_t &value) {
    if (static_cast<size_t>(end - at) < bytes) return false;
    value = 0;
    for (size_t index = 0; index < bytes; ++index) value = value << 8 | static_cast<unsigned char>(at[index]);
    at += bytes;
    return true;
}

bool MsgpackReader::content(uint64_t bytes, MsgpackValue &value, Kind kind) {
    if (static_cast<uint64_t>(end - at) < bytes) return false;
    value.kind = kind;
    value.data = at;
    value.count = bytes;
    at += bytes;
    return true;
}

bool MsgpackReader::container(uint64_t count, MsgpackValue &value, Kind kind) {
    value.kind = kind;
    value.count = count;
    value.members = at;
    return true;
}

bool MsgpackReader::next(MsgpackValue &value) {
    value = MsgpackValue();
    if (at >= end) return false;
    const auto head = static_cast<unsigned char>(*at++);
    const auto integer = [&value](int64_t number) {
        value.kind = Kind::integer;
        value.integer = number;
        return true;
    };
    uint64_t bits = 0;
    if (head < 0x80) return integer(head);
    if (head < 0x90) return container(head & 0x0F, value, Kind::map);
    if (head < 0xA0) return container(head & 0x0F, value, Kind::array);
    if (head < 0xC0) return content(head & 0x1F, value, Kind::text);
    if (head >= 0xE0) return integer(static_cast<int64_t>(head) - 0x100);
    switch (head) {
    case 0xC0:
        return true;
    case 0xC2:
    case 0xC3:
        value.kind = Kind::boolean;
        value.boolean = head == 0xC3;
        return true;
    case 0xC4:
    case 0xC5:
    case 0xC6:
        return big_endian(size_t{1} << (head - 0xC4), bits) && content(bits, value, Kind::bytes);
    case 0xC7:
    case 0xC8:
    case 0xC9:
        // The type of an extension is one more byte.
        return big_endian(size_t{1} << (head - 0xC7), bits) && content(bits + 1, value, Kind::extension);
    case 0xCA: {
        if (!big_endian(4, bits)) return false;
        const auto narrow = static_cast<uint32_t>(bits);
        float number = 0;
        std::memcpy(&number, &narrow, sizeof number);
        value.kind = Kind::real;
        value.real = static_cast<double>(number);
        return true;
    }
    case 0xCB:
        if (!big_endian(8, bits)) return false;
        std::memcpy(&value.real, &bits, sizeof value.real);
        value.kind = Kind::real;
        return true;
    case 0xCC:
    case 0xCD:
    case 0xCE:
    case 0xCF:
        if (!big_endian(size_t{1} << (head - 0xCC), bits)) return false;
        value.is_too_large = bits > static_cast<uint64_t>(INT64_MAX);
        return integer(value.is_too_large ? 0 : static_cast<int64_t>(bits));
    case 0xD0:
        return big_endian(1, bits) && integer(static_cast<int8_t>(bits));
    case 0xD1:
        return big_endian(2, bits) && integer(static_cast<int16_t>(bits));
    case 0xD2:
        return big_endian(4, bits) && integer(static_cast<int32_t>(bits));
    case 0xD3:
        return big_endian(8, bits) && integer(static_cast<int64_t>(bits));
    case 0xD4:
    case 0xD5:
    case 0xD6:
    case 0xD7:
    case 0xD8:
        return content((uint64_t{1} << (head - 0xD4)) + 1, value, Kind::extension);
    case 0xD9:
    case 0xDA:
    case 0xDB:
        return big_endian(size_t{1} << (head - 0xD9), bits) && content(bits, value, Kind::text);
    case 0xDC:
    case 0xDD:
        return big_endian(size_t{2} << (head - 0xDC), bits) && container(bits, value, Kind::array);
    case 0xDE:
    case 0xDF:
        return big_endian(size_t{2} << (head - 0xDE), bits) && container(bits, value, Kind::map);
    default:
        return false;
    }
}

bool MsgpackReader::skip(uint64_t count) {
    while (count > 0) {
        MsgpackValue value;
        if (!next(value)) return false;
        // Each value takes a byte at least: whoever claims more than there is has lied.
        count += value.values() - 1;
        if (count > static_cast<uint64_t>(end - at)) return false;
    }
    return true;
}

}  // namespace calyx
