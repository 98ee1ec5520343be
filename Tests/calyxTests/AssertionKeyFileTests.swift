import Glibc
import Identity
import Testing

@testable import calyx

@Suite struct AssertionKeyFileTests {
    private let directory: String

    init() throws {
        var template = Array("/tmp/calyx-keys-XXXXXX".utf8CString)
        directory = try #require(
            template.withUnsafeMutableBufferPointer { buffer in
                buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
            })
    }

    private func withFile(_ text: String?, _ body: (String) throws -> Void) throws {
        let path = directory + "/key"
        defer {
            unlink(path)
            rmdir(directory)
        }
        if let text {
            let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
            let bytes = Array(text.utf8)
            _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            close(descriptor)
        }
        try body(path)
    }

    private let assertion = RequestAssertion(
        principal: .anonymous, method: "GET", path: "/", requestID: "1", expires: 1_000_050)

    @Test("A missing file is made, closed to others, and the same for whoever comes next") func makes() throws {
        try withFile(nil) { path in
            let first = try AssertionKeyFile.load(path)
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640)
            #expect(!AssertionKeyFile.isOpenToAll(path))
            let second = try AssertionKeyFile.load(path)
            let signed = first.sign(assertion)
            #expect(try second.verify(signed, method: "GET", path: "/", now: 1_000_000) == assertion)
        }
    }

    @Test("While a key is replaced, both are accepted") func rotation() throws {
        let old = String(repeating: "o", count: 40), new = String(repeating: "n", count: 40)
        let before = try #require(AssertionKeys([Array(old.utf8)]))
        try withFile("\(new)\n\(old)\n") { path in
            let both = try AssertionKeyFile.load(path)
            #expect(try both.verify(before.sign(assertion), method: "GET", path: "/", now: 1_000_000) == assertion)
            let after = try #require(AssertionKeys([Array(new.utf8)]))
            #expect(try after.verify(both.sign(assertion), method: "GET", path: "/", now: 1_000_000) == assertion)
        }
    }

    @Test("A file without a good key is refused with its name", arguments: ["", "\n\n", "short\n"])
    func refuses(text: String) throws {
        try withFile(text) { path in
            let error = #expect(throws: StartupError.self) { try AssertionKeyFile.load(path) }
            #expect(error?.description.contains(path) == true)
        }
    }
}
