import CEventJSON
import Foundation
import Testing

@Suite("Base64")
struct Base64Tests {
    private func decode(_ text: String) -> [UInt8]? {
        let input = Array(text.utf8CString)
        let output = UnsafeMutablePointer<CChar>.allocate(capacity: input.count + 64)
        defer { output.deallocate() }
        let count = calyx_base64_decode(input, input.count - 1, output)
        guard count >= 0 else { return nil }
        return (0..<count).map { UInt8(bitPattern: output[$0]) }
    }

    @Test("Bytes of every length come back, padded or not")
    func lengths() {
        for length in 0..<300 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 73 &+ length) }
            let text = Data(bytes).base64EncodedString()
            #expect(decode(text) == bytes)
            #expect(decode(text.replacing("=", with: "")) == bytes)
        }
    }

    @Test("A character outside the alphabet is refused wherever it stands")
    func refusals() {
        let good = Data((0..<96).map { UInt8($0) }).base64EncodedString()
        for place in 0..<good.utf8.count {
            for bad in ["*", " ", "-", "_", "=", "\u{7F}", "\\"] where !(bad == "=" && place == good.utf8.count - 1) {
                var text = Array(good)
                text[place] = Character(bad)
                #expect(decode(String(text)) == nil)
            }
        }
        #expect(decode("A") == nil)
        #expect(decode("AAAAA") == nil)
    }
}
