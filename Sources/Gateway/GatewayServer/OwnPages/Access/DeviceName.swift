/// A short name for a browser, from what it calls itself: `Firefox on Linux`. For people to recognise, for nothing else.
enum DeviceName {
    static func name(of userAgent: String) -> String {
        guard !userAgent.isEmpty else { return "Unknown browser" }
        let program = first(
            userAgent,
            [
                ("Edg/", "Edge"), ("EdgA/", "Edge"), ("OPR/", "Opera"), ("Vivaldi/", "Vivaldi"),
                ("HeadlessChrome/", "Headless Chrome"), ("SamsungBrowser/", "Samsung Internet"), ("CriOS/", "Chrome"),
                ("FxiOS/", "Firefox"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
                ("curl/", "curl"), ("python-requests/", "Python requests"), ("python-httpx/", "Python httpx"),
                ("Wget/", "Wget"),
            ])
        let system = first(
            userAgent,
            [
                ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"),
                ("Windows", "Windows"), ("Macintosh", "macOS"), ("Linux", "Linux"),
            ])
        switch (program, system) {
        case (let program?, let system?): return "\(program) on \(system)"
        case (let program?, nil): return program
        case (nil, let system?): return "A browser on \(system)"
        case (nil, nil): return String(userAgent.prefix(40))
        }
    }

    private static func first(_ text: String, _ names: [(mark: String, name: String)]) -> String? {
        names.first { text.contains($0.mark) }?.name
    }
}
