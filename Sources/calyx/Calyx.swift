@main struct Calyx { static func main() {} }
