import Testing

@testable import WebPages

@Suite("A traceback is taken apart without losing a word")
struct TracebackTests {
    static let usual = """
        Traceback (most recent call last):
          File "/usr/lib/python3.12/site-packages/celery/app/trace.py", line 479, in trace_task
            R = retval = fun(*args, **kwargs)
                         ~~~^^^^^^^^^^^^^^^^^
          File "/srv/shop/payments.py", line 42, in charge
            return _charge(card, amount)
          File "/srv/shop/gateway.py", line 37, in _charge
            raise PaymentDeclined(card)
        shop.PaymentDeclined: card declined
        """

    private func frames(_ block: Traceback.Block) -> [Traceback.Frame] {
        block.parts.compactMap { part in
            if case .frame(let frame) = part { frame } else { nil }
        }
    }

    @Test("Frames have file, line, function and source; library frames are known")
    func usualForm() throws {
        let traceback = try #require(TracebackParser.parse(Self.usual))
        let block = try #require(traceback.blocks.first)
        #expect(traceback.blocks.count == 1)
        #expect(block.message == "shop.PaymentDeclined: card declined")
        let frames = frames(block)
        #expect(frames.map(\.function) == ["trace_task", "charge", "_charge"])
        #expect(frames.map(\.line) == ["479", "42", "37"])
        #expect(frames.map(\.isLibrary) == [true, false, false])
        #expect(frames[0].source == ["R = retval = fun(*args, **kwargs)", "             ~~~^^^^^^^^^^^^^^^^^"])
    }

    @Test("Chained exceptions are blocks that say how they relate")
    func chained() throws {
        let text =
            Self.usual + "\n\nDuring handling of the above exception, another exception occurred:\n\n" + Self.usual
            + "\n\nThe above exception was the direct cause of the following exception:\n\n" + Self.usual
        let traceback = try #require(TracebackParser.parse(text))
        #expect(
            traceback.blocks.map(\.relation) == [
                nil, "During handling of the above exception, another exception occurred",
                "The above exception was the direct cause of the following exception",
            ])
        #expect(traceback.blocks.allSatisfy { $0.frameCount == 3 })
    }

    @Test("A message of several lines stays whole")
    func longMessage() throws {
        let traceback = try #require(
            TracebackParser.parse(Self.usual + "\n[SQL: SELECT 1]\n\n(Background on this error)\n"))
        #expect(
            traceback.blocks.first?.message
                == "shop.PaymentDeclined: card declined\n[SQL: SELECT 1]\n\n(Background on this error)")
    }

    @Test("Recursion's remark is kept as text between frames")
    func repeated() throws {
        let text = """
            Traceback (most recent call last):
              File "a.py", line 1, in f
                f()
              [Previous line repeated 996 more times]
            RecursionError: maximum recursion depth exceeded
            """
        let block = try #require(TracebackParser.parse(text)?.blocks.first)
        #expect(block.parts.last == .text("[Previous line repeated 996 more times]"))
    }

    @Test("A traceback from another process, quoted in the message, becomes blocks of its own")
    func remote() throws {
        let text = "billiard.einfo.RemoteTraceback: \n\"\"\"\n" + Self.usual + "\n\"\"\"\n"
        let traceback = try #require(TracebackParser.parse(text))
        let all = traceback.blocks.flatMap(\.parts)
        #expect(all.contains(.text("billiard.einfo.RemoteTraceback: \n\"\"\"")))
        #expect(traceback.blocks.last?.message.contains("shop.PaymentDeclined: card declined") == true)
    }

    @Test(
        "What is no traceback stays text",
        arguments: [
            "", "ValueError: x", "Traceback (most recent call last):",
            "Traceback (most recent call last):\nKeyError: 1",
            "  + Exception Group Traceback (most recent call last):\n  |   File \"a.py\", line 1, in f\n",
        ])
    func noTraceback(_ text: String) {
        #expect(TracebackParser.parse(text) == nil)
    }

    @Test("A file's name may hold quotes, and a function's name may be missing")
    func odd() throws {
        let text = """
            Traceback (most recent call last):
              File "/srv/a "b".py", line 7
                def f(:
            SyntaxError: invalid syntax
            """
        let frame = try #require(TracebackParser.parse(text).flatMap { frames($0.blocks[0]).first })
        #expect(frame.file == "/srv/a \"b\".py" && frame.line == "7" && frame.function.isEmpty)
    }

    @Test("Every line of the text is somewhere in the parts")
    func nothingLost() throws {
        let text = Self.usual + "\nDuring handling of the above exception, another exception occurred:\n\n" + Self.usual
        let traceback = try #require(TracebackParser.parse(text))
        var kept = ""
        for block in traceback.blocks {
            kept += (block.relation ?? "") + block.message
            for part in block.parts {
                switch part {
                case .text(let text): kept += text
                case .frame(let frame):
                    kept += "\(frame.file)\(frame.line)\(frame.function)" + frame.source.joined()
                }
            }
        }
        for line in text.split(separator: "\n") where !line.hasPrefix("Traceback") && !line.contains("File \"") {
            let words = line.drop { $0 == " " }.prefix { $0 != ":" }
            #expect(kept.contains(words), "\(line)")
        }
    }
}
