import MetricsText
import Testing

@Suite struct MetricsWriterTests {
    @Test(
        "Numbers are written as Prometheus clients write them",
        arguments: [
            (16, "16.0"), (0, "0.0"), (-3, "-3.0"), (0.14202029000000493, "0.14202029000000493"),
            (65_507_328, "6.5507328e+07"), (1_000_000, "1e+06"), (999_999, "999999.0"), (6.5e7, "6.5e+07"),
            (1_795_342_142.000992, "1.795342142000992e+09"), (1e21, "1e+21"), (123_456_789_012, "1.23456789012e+11"),
            (Double.infinity, "+Inf"), (-Double.infinity, "-Inf"), (Double.nan, "NaN"), (0.005, "0.005"),
            (1e-7, "1e-07"),
        ] as [(Double, String)])
    func numbers(value: Double, text: String) {
        #expect(MetricsNumber.text(value) == text)
    }

    @Test("A family has its help, its type and its samples, with labels in the given order")
    func family() {
        var writer = MetricsWriter()
        writer.family("celery_workers", .gauge, "Number of workers")
        writer.sample([], 3.0)
        writer.family("celery_tasks_total", .counter, "Tasks")
        writer.sample([("name", "documents.process"), ("state", "SUCCESS")], UInt64(142))
        #expect(
            String(decoding: writer.bytes, as: UTF8.self) == """
                # HELP celery_workers Number of workers
                # TYPE celery_workers gauge
                celery_workers 3.0
                # HELP celery_tasks_total Tasks
                # TYPE celery_tasks_total counter
                celery_tasks_total{name="documents.process",state="SUCCESS"} 142.0

                """)
    }

    @Test("A label value cannot end its quotes or its line")
    func escaping() {
        var writer = MetricsWriter()
        writer.family("x", .gauge, "a\\b\nc \"d\"")
        writer.sample([("task", "a\"b\\c\nd\u{e9}")], 1.0)
        #expect(
            String(decoding: writer.bytes, as: UTF8.self) == """
                # HELP x a\\\\b\\nc "d"
                # TYPE x gauge
                x{task="a\\"b\\\\c\\nd\u{e9}"} 1.0

                """)
    }

    @Test("A histogram's buckets are cumulative and end with +Inf, the count and the sum")
    func histogram() {
        var writer = MetricsWriter()
        writer.family("run", .histogram, "h")
        writer.histogram([("task", "t")], bounds: [0.005, 1], buckets: [4, 0, 2], sum: 7.5)
        let lines = String(decoding: writer.bytes, as: UTF8.self).split(separator: "\n").dropFirst(2)
        #expect(
            Array(lines) == [
                "run_bucket{le=\"0.005\",task=\"t\"} 4.0", "run_bucket{le=\"1.0\",task=\"t\"} 4.0",
                "run_bucket{le=\"+Inf\",task=\"t\"} 6.0", "run_count{task=\"t\"} 6.0", "run_sum{task=\"t\"} 7.5",
            ])
    }

    @Test("Series beyond the limit are left out and counted, and a histogram is never cut in two")
    func limit() {
        var writer = MetricsWriter(seriesLimit: 3)
        writer.family("a", .gauge, "a")
        for index in 0..<2 { writer.sample([("i", "\(index)")], 1.0) }
        writer.histogram([], bounds: [1], buckets: [1, 1], sum: 2)
        writer.sample([("i", "2")], 1.0)
        writer.sample([("i", "3")], 1.0)
        #expect(writer.series == 3)
        #expect(writer.omittedSeries == 5)
        #expect(!String(decoding: writer.bytes, as: UTF8.self).contains("bucket"))
    }
}
