import Foundation
import SignIn
import Testing

@Suite("The first user")
struct FirstUserTests {
    private let directory: TemporaryDirectory
    private var file: String { FirstUser.file(stateDirectory: directory.path) }

    init() throws { directory = try TemporaryDirectory() }

    @Test("The file is private and holds no password")
    func privacy() throws {
        let made = try #require(try FirstUser.createIfMissing(stateDirectory: directory.path))
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let folder = try FileManager.default.attributesOfItem(atPath: "\(directory.path)/gateway")
        #expect(folder[.posixPermissions] as? Int == 0o700)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(!text.contains(made.password))
        #expect(text.contains("\nadmin:$y$"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(directory.path)/gateway") == ["users"])
    }

    @Test("Resetting where there is no file makes admin; another name is refused with the names there are")
    func reset() throws {
        let unknown = #expect(throws: FirstUserError.self) {
            try FirstUser.resetPassword(of: "ann", stateDirectory: directory.path)
        }
        #expect(unknown?.code == .unknownUser)
        #expect(!FileManager.default.fileExists(atPath: file))
        let first = try FirstUser.resetPassword(of: "admin", stateDirectory: directory.path)
        let second = try FirstUser.resetPassword(of: "admin", stateDirectory: directory.path)
        #expect(first != second)
        let again = #expect(throws: FirstUserError.self) {
            try FirstUser.resetPassword(of: "ann", stateDirectory: directory.path)
        }
        #expect(again?.description.contains("there is: admin") == true)
    }

    @Test("A damaged file is refused and stays as it is")
    func damaged() throws {
        _ = try FirstUser.createIfMissing(stateDirectory: directory.path)
        try Data("admin:clear".utf8).write(to: URL(fileURLWithPath: file))
        let error = #expect(throws: FirstUserError.self) {
            try FirstUser.resetPassword(of: "admin", stateDirectory: directory.path)
        }
        #expect(error?.code == .unreadable)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "admin:clear")
    }

    @Test("A state directory that cannot be written is a clear error")
    func unwritable() throws {
        try Data().write(to: URL(fileURLWithPath: "\(directory.path)/gateway"))
        let error = #expect(throws: FirstUserError.self) {
            try FirstUser.createIfMissing(stateDirectory: directory.path)
        }
        #expect(error?.code == .unwritable)
        #expect(error?.description.contains(directory.path) == true)
    }
}
