import Glibc

/// What Linux says about this process; nil where it says nothing.
struct ProcessStatistics: Sendable {
    var virtualMemory: Double?
    var residentMemory: Double?
    /// Unix seconds.
    var startTime: Double?
    /// Seconds, user and system.
    var processorTime: Double?
    var openDescriptors: Double?
    var maximumDescriptors: Double?

    /// Reads `/proc`, which answers from memory.
    static func now() -> ProcessStatistics {
        var statistics = ProcessStatistics()
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        // The second field is the program's name in parentheses and may hold anything.
        if let stat = read("/proc/self/stat"), let end = stat.lastIndex(of: UInt8(ascii: ")")) {
            let fields = stat[(end + 1)...].split(separator: UInt8(ascii: " ")).map { number($0) }
            if fields.count > 21 {
                statistics.processorTime = (fields[11] + fields[12]) / ticks
                statistics.startTime = bootTime.map { $0 + fields[19] / ticks }
                statistics.virtualMemory = fields[20]
                statistics.residentMemory = fields[21] * Double(sysconf(Int32(_SC_PAGESIZE)))
            }
        }
        statistics.openDescriptors = openDescriptorCount()
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            statistics.maximumDescriptors = Double(limit.rlim_cur)
        }
        return statistics
    }

    /// Unix seconds at which the machine started.
    private static let bootTime: Double? = {
        guard let stat = read("/proc/stat") else { return nil }
        for line in stat.split(separator: UInt8(ascii: "\n")) where line.starts(with: "btime ".utf8) {
            return number(line.dropFirst(6))
        }
        return nil
    }()

    private static func number(_ text: some Collection<UInt8>) -> Double {
        Double(String(decoding: text, as: UTF8.self)) ?? 0
    }

    private static func openDescriptorCount() -> Double? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var entries = 0
        while readdir(directory) != nil { entries += 1 }
        // Without `.`, `..` and the directory's own descriptor.
        return Double(max(0, entries - 3))
    }

    private static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return count == 0 ? bytes : nil }
            bytes.append(contentsOf: chunk[..<count])
        }
    }
}
