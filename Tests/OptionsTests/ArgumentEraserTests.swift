import Testing

@testable import Options

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct ArgumentEraserTests {
    @Test("Secrets are overwritten in place and everything else stays") func erases() {
        let words = ["calyx", "--basic_auth=admin:hunter2", "--port=1", "-b", "redis://:pw@h/0"]
        let copies = words.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        var pointers = copies + [nil]
        let parsed = ArgumentParser.parse(Array(words.dropFirst()))
        pointers.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { ArgumentEraser.erase(parsed, in: base, count: words.count) }
        }
        let after = copies.compactMap { $0.map { String(cString: $0) } }
        #expect(after == ["calyx", "--basic_auth=xxxxxxxxxxxxx", "--port=1", "-b", "xxxxxxxxxxxxxxx"])
    }
}
