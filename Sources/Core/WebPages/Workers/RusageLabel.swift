/// Names of `getrusage` fields in words, with their units (Linux).
enum RusageLabel {
    static func text(_ key: String) -> String {
        switch key {
        case "utime": "User time (s)"
        case "stime": "System time (s)"
        case "maxrss": "Largest memory (KiB)"
        case "minflt": "Page faults without reading"
        case "majflt": "Page faults with reading"
        case "inblock": "Blocks read"
        case "oublock": "Blocks written"
        case "nvcsw": "Switches, voluntary"
        case "nivcsw": "Switches, forced"
        case "nswap": "Swaps"
        case "nsignals": "Signals"
        case "msgsnd": "Messages sent"
        case "msgrcv": "Messages received"
        case "ixrss": "Shared memory"
        case "idrss": "Unshared data"
        case "isrss": "Unshared stack"
        default: key
        }
    }
}
