import Testing

@testable import Options

@Suite struct FlowerConfigTests {
    @Test(
        "Literals are read as Python reads them",
        arguments: [
            ("a = 5555", PythonLiteral.scalar("5555")), ("a=5_000", .scalar("5000")), ("a = -1.5", .scalar("-1.5")),
            ("a = 1e3", .scalar("1e3")), ("a = True", .scalar("true")), ("a = False # why", .scalar("false")),
            ("a = None", .none), ("a = 'x'", .scalar("x")), ("a = \"it's\"", .scalar("it's")),
            (#"a = 'a\'b\n'"#, .scalar("a'b\n")), (#"a = r'a\n'"#, .scalar(#"a\n"#)), (#"a = 'a\d'"#, .scalar(#"a\d"#)),
            ("a = '''x\ny'''", .scalar("x\ny")), ("a = 'x' 'y'", .scalar("xy")), ("a = ('x'\n     'y')", .scalar("xy")),
            ("a = ['x', 'y',]", .sequence(["x", "y"])), ("a = ('x',)", .sequence(["x"])), ("a = ()", .sequence([])),
            ("a = [\n  1, # one\n  2.5,\n]", .sequence(["1", "2.5"])), ("a = \\\n 5", .scalar("5")),
            ("'''doc'''\na = 1", .scalar("1")), ("b = 2; a = 1", .scalar("1")), ("\u{FEFF}a = 1", .scalar("1")),
        ])
    func literals(source: String, expected: PythonLiteral) {
        let reader = PythonAssignmentReader.read(source)
        #expect(reader.unreadable == [])
        #expect(reader.assignments.last { $0.name == "a" }?.value == expected)
    }

    @Test(
        "Anything that would have to be run is refused with its line",
        arguments: [
            ("import os", [1]), ("a = 1\nb = os.environ['X']\nc = 2", [2]), ("a = 1 + 2", [1]), ("a = f'x'", [1]),
            ("def f(t):\n    return t\n\na = 1", [1]), ("a == 1", [1]), ("a = 'x", [1]), ("a = [1", [1]),
            ("a.b = 1", [1]), ("a = b = 1", [1]), ("a = {'x': 1}", [1]), ("a = inf", [1]), ("a = [[1]]", [1]),
            ("    a = 1", [1]), (#"a = '\x41'"#, [1]),
        ])
    func refusals(source: String, lines: [Int]) {
        #expect(PythonAssignmentReader.read(source).unreadable == lines)
    }

    @Test("Names that are no options are ignored, as in Flower") func otherNames() throws {
        let loaded = try load(files: [
            "flowerconfig.py": "me = 'x'\nurl_prefix = 'flower'\nbasic_auth = ['a:b']\nport = None\n"
        ])
        #expect(loaded.lines == [])
        #expect(loaded.settings.listen.urlPrefix == "/flower")
        #expect(loaded.settings.signIn.users.map(\.name) == ["a"])
        #expect(loaded.settings.listen.port == 5555)
        #expect(loaded.settings.values.source(of: "url_prefix").description == "flowerconfig.py line 2")
    }

    @Test("A line that is code is a problem that names it") func code() throws {
        let loaded = try load(files: ["flowerconfig.py": "import os\nport = int(os.environ['P'])\n"])
        #expect(loaded.problems.count == 2)
        #expect(
            loaded.lines.allSatisfy {
                $0.hasPrefix("conf: flowerconfig.py line ") && $0.contains("does not run Python")
            })
    }
}
