import Options
import Testing

@Suite struct ArgumentParserTests {
    @Test(
        "A port can be written in all of Flower's ways and two more",
        arguments: [
            ["--port=7001"], ["-port=7001"], ["--port", "7001"], ["--port=1", "--port=7001"], ["up", "--port=7001"],
            ["--port", "7001", "gateway"], ["flower", "--port=7001"],
            ["celery", "-A", "shop", "-b", "redis://h/1", "flower", "--port=7001"], ["-q", "--port=7001"],
        ])
    func port(arguments: [String]) throws {
        let loaded = try load(arguments)
        #expect(loaded.lines == [])
        #expect(loaded.settings.listen.port == 7001)
    }

    @Test(
        "Dashes and underscores are equal",
        arguments: ["--url_prefix=/x", "--url-prefix=/x", "-url-prefix=/x"])
    func dashes(argument: String) throws {
        #expect(try load([argument]).settings.listen.urlPrefix == "/x")
    }

    @Test(
        "A bare boolean is true, and takes the next word only when that is a boolean",
        arguments: [
            (["--read_only"], true), (["--read_only", "true"], true), (["--read_only", "no"], false),
            (["--read_only=f"], false), (["--read_only", "up"], true), (["--read_only", "--port=1"], true),
        ])
    func booleans(arguments: [String], expected: Bool) throws {
        let loaded = try load(arguments)
        #expect(loaded.lines == [])
        #expect(loaded.settings.signIn.readOnly == expected)
    }

    @Test(
        "Commands are recognised anywhere among the options",
        arguments: [
            ([], Command.up), (["up"], .up), (["flower"], .up), (["gateway"], .gateway),
            (["--debug", "core"], .core), (["check", "--port=1"], .check), (["config", "print"], .configPrint),
            (["config", "docs"], .configDocs), (["password"], .password(user: nil)),
            (["password", "alice"], .password(user: "alice")),
            (["password", "reset", "admin"], .passwordReset(user: "admin")),
        ])
    func commands(arguments: [String], expected: Command) {
        let parsed = ArgumentParser.parse(arguments)
        #expect(parsed.problems == [])
        #expect(parsed.command == expected)
    }

    @Test(
        "Help and version are seen in every spelling",
        arguments: [["--help"], ["-h"], ["help"], ["core", "--help"], ["help", "core"], ["-help"]])
    func help(arguments: [String]) {
        let parsed = ArgumentParser.parse(arguments)
        #expect(parsed.wantsHelp)
        #expect(parsed.problems == [])
        #expect(parsed.helpTopic == (arguments.contains("core") ? "core" : nil))
    }

    @Test("Version is an option") func version() {
        #expect(ArgumentParser.parse(["--version"]).wantsVersion)
    }

    @Test(
        "What cannot be meant is one line with a suggestion",
        arguments: [
            (["--prot=1"], "--prot: no such option (command line); did you mean --port?"),
            (["--loglevel=info"], "--loglevel: no such option (command line); did you mean --logging?"),
            (["--no-persistent"], "--no-persistent: no such option (command line); did you mean --persistent=false?"),
            (["--zzzzzz"], "--zzzzzz: no such option (command line); calyx --help lists all options"),
            (["---port=1"], "---port: no such option (command line); did you mean --port?"),
            (["port=1"], "port: options begin with dashes; write --port=…"),
            (["--port"], "port: no value after --port; allowed is a whole number from 0 to 65535"),
            (["--port", "--debug"], "port: no value after --port; allowed is a whole number from 0 to 65535"),
            (
                ["gatewya"],
                "gatewya: no such command; commands are up, gateway, core, check, config, password, token, audit, db; did you mean gateway?"
            ),
            (["up", "core"], "core: unexpected word after the command"),
            (["password", "reset"], "password reset: say whose: calyx password reset USER"),
            (["config"], "config: say what to do: calyx config print"),
        ])
    func mistakes(arguments: [String], line: String) throws {
        #expect(try load(arguments).lines == [line])
    }

    @Test("A misspelt option never shows its value") func misspeltSecret() throws {
        let loaded = try load(["--basic_aut=admin:hunter2", "--oauth2_secrte", "hunter2"])
        #expect(loaded.problems.count == 2)
        #expect(!loaded.lines.joined().contains("hunter2"))
    }

    @Test("A line never carries a forged line break") func lineBreaks() throws {
        let line = try #require(try load(["--port=1\nERROR forged"]).lines.first)
        #expect(!line.contains("\n"))
    }

    @Test("Where secrets stand in the arguments is known") func secrets() {
        let parsed = ArgumentParser.parse([
            "--basic_auth=a:b", "--port=1", "-b", "redis://:p@h/0", "--oauth2-secret", "s",
        ])
        #expect(parsed.secrets.map(\.argument) == [0, 3, 5])
        #expect(parsed.secrets.map(\.offset) == [13, 0, 0])
    }

    @Test("A Celery application is noted, not loaded") func celeryApplication() throws {
        let loaded = try load(["-A", "shop.celery", "flower"])
        #expect(loaded.lines == [])
        #expect(loaded.notes("-A shop.celery: Calyx does not import Celery applications"))
    }
}
