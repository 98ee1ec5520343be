import CeleryFixtures
import CeleryProtocol
import ClusterState
import Foundation
import Testing

@Suite("Whatever comes in")
struct IngestFuzzTests {
    @Test("A damaged payload costs itself at most: each event is counted once, as applied or by why it is lost")
    func payloads() throws {
        let count = FuzzPlan.count ?? 60_000
        var fuzzer = PayloadFuzzer(seed: FuzzPlan.seed)
        let test = ClusterUnderTest(ClusterLimits(tasks: 2000, workers: 50, memory: 32 << 20), at: 1_795_344_700)
        var decoder = EventDecoder()
        var events: UInt64 = 0
        var unreadable: UInt64 = 0
        var problems: [EventProblem: UInt64] = [:]
        var settled = 0
        for number in 0..<count / 50 {
            let batch = (0..<50).map { _ in fuzzer.next() }
            for payload in batch {
                payload.withUnsafeBytes { bytes in
                    if let problem = decoder.begin(bytes) { problems[problem, default: 0] += 1 }
                    while let item = decoder.next() {
                        switch item {
                        case .event(let event):
                            events += 1
                            unreadable += UInt64(event.unreadableFields)
                        case .problem(let problem): problems[problem, default: 0] += 1
                        }
                    }
                }
            }
            test.now += 0.01
            test.take(batch)
            if number == count / 50 / 3 { settled = try Self.residentBytes() }
        }

        let status = test.cluster.ingestStatus()
        let applied = status.eventsByType.values.reduce(0, +)
        let unusable = status.lostByReason["task_id", default: 0] + status.lostByReason["hostname", default: 0]
        #expect(applied + unusable == events)
        #expect(applied > 0 && unusable > 0)
        for problem in EventProblem.allCases where ![.taskID, .hostname, .field].contains(problem) {
            #expect(status.lostByReason[problem.rawValue, default: 0] == problems[problem, default: 0])
        }
        #expect(status.lostByReason["field", default: 0] <= unreadable)
        #expect(status.samples.values.allSatisfy { $0.count <= 512 })
        #expect(test.cluster.tasks(TaskQuery(limit: 0)).total <= 2000)
        #expect(test.cluster.workers().count <= 50)
        #expect(status.stateBytes <= 32 << 20)
        // Other tests share the process, unless this one runs alone and for long.
        if count >= 500_000 { #expect(try Self.residentBytes() - settled < 32 << 20) }

        // Whatever came before, the next sound event is as good as ever.
        test.task("received", "after", at: test.now, #""name": "n""#)
        #expect(test.state("after") == "RECEIVED")
    }

    private static func residentBytes() throws -> Int {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(pages[1]) ?? 0) * 4096
    }
}
