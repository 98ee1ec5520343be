import Testing

@testable import SignIn

@Suite("Throttling of sign-in attempts")
struct SignInThrottleTests {
    private let victim = Array("victim".utf8)
    private let address = AddressBlock("192.0.2.1")

    @Test("A few failures are free, then each doubles the wait up to a minute")
    func backOff() {
        var throttle = SignInThrottle()
        var now = 0.0
        var waits: [Int?] = []
        for _ in 0..<14 {
            throttle.failed(address: address, account: victim, now: now)
            let wait = throttle.wait(address: address, account: victim, now: now)
            waits.append(wait)
            now += Double(wait ?? 0)
            #expect(throttle.wait(address: address, account: victim, now: now) == nil)
        }
        #expect(waits == [nil, nil, nil, nil, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60])
    }

    @Test("After a quarter of an hour without failures a pair starts anew")
    func forgets() {
        var throttle = SignInThrottle()
        for _ in 0..<10 { throttle.failed(address: address, account: victim, now: 0) }
        throttle.failed(address: address, account: victim, now: 901)
        #expect(throttle.wait(address: address, account: victim, now: 901) == nil)
    }

    @Test("A victim signs in from elsewhere while one address guesses a thousand times")
    func noLockOut() {
        var throttle = SignInThrottle()
        let elsewhere = AddressBlock("198.51.100.9")
        var tried = 0
        for second in 0..<1000 {
            let now = Double(second)
            if throttle.wait(address: address, account: victim, now: now) == nil {
                throttle.failed(address: address, account: victim, now: now)
                tried += 1
            }
            #expect(throttle.wait(address: elsewhere, account: victim, now: now) == nil)
        }
        #expect(tried < 30)
    }

    @Test("Two hundred wrong passwords in a minute: the right one is refused too while the wait lasts")
    func rightPasswordWaits() {
        var throttle = SignInThrottle()
        var tried = 0
        for attempt in 0..<200 {
            let now = Double(attempt) * 0.3
            guard throttle.wait(address: address, account: victim, now: now) == nil else { continue }
            throttle.failed(address: address, account: victim, now: now)
            tried += 1
        }
        #expect(tried <= 11)
        #expect(throttle.wait(address: address, account: victim, now: 60) != nil)
    }

    @Test("One address trying many accounts is slowed to the leak of its bucket")
    func spraying() {
        var throttle = SignInThrottle()
        var tried = 0
        for number in 0..<10_000 {
            let now = Double(number) / 10
            let account = Array("user\(number)".utf8)
            guard throttle.wait(address: address, account: account, now: now) == nil else { continue }
            throttle.failed(address: address, account: account, now: now)
            tried += 1
        }
        #expect((100...135).contains(tried))
    }

    @Test("Many addresses trying one account are slowed, and its owner at a known address is not")
    func distributed() {
        var throttle = SignInThrottle()
        let home = AddressBlock("203.0.113.5")
        throttle.succeeded(address: home, account: victim, now: 0)
        var tried = 0
        for number in 0..<10_000 {
            let now = Double(number) / 10
            let bot = AddressBlock("10.\(number / 250 % 250).\(number % 250).1")
            guard throttle.wait(address: bot, account: victim, now: now) == nil else { continue }
            throttle.failed(address: bot, account: victim, now: now)
            tried += 1
            #expect(throttle.wait(address: home, account: victim, now: now) == nil)
        }
        #expect((100...135).contains(tried))
    }

    @Test("Success forgives the pair, not the address's other failures")
    func success() {
        var throttle = SignInThrottle()
        for _ in 0..<6 { throttle.failed(address: address, account: victim, now: 0) }
        throttle.succeeded(address: address, account: victim, now: 1)
        #expect(throttle.wait(address: address, account: victim, now: 1) == nil)
        for number in 0..<24 { throttle.failed(address: address, account: Array("u\(number)".utf8), now: 1) }
        #expect(throttle.wait(address: address, account: Array("new".utf8), now: 1) != nil)
    }

    @Test("An account counts as guessed at for a minute after any refused attempt")
    func guessed() {
        var throttle = SignInThrottle()
        #expect(!throttle.isGuessed(account: victim, now: 0))
        throttle.failed(address: address, account: victim, now: 0)
        #expect(throttle.isGuessed(account: victim, now: 59))
        throttle.refused(account: victim, now: 59)
        #expect(throttle.isGuessed(account: victim, now: 118))
        #expect(!throttle.isGuessed(account: victim, now: 119))
        #expect(!throttle.isGuessed(account: Array("other".utf8), now: 0))
    }

    @Test("Tables stay within their bound and keep what is newest")
    func bounded() {
        var table = BoundedTable<Int, Int>(capacity: 100)
        for number in 0..<1000 {
            table.set(number, for: number, now: Double(number))
            #expect(table.count <= 100)
            #expect(table[number] == number)
        }
        #expect(table[0] == nil)
        #expect(table[950] == 950)
    }

    @Test("An IPv6 network counts as one address, mapped IPv4 as IPv4")
    func blocks() {
        #expect(AddressBlock("2001:db8:1:2::1") == AddressBlock("2001:db8:1:2:ffff::9"))
        #expect(AddressBlock("2001:db8:1:2::1") != AddressBlock("2001:db8:1:3::1"))
        #expect(AddressBlock("::ffff:192.0.2.1") == AddressBlock("192.0.2.1"))
        #expect(AddressBlock("192.0.2.1") != AddressBlock("192.0.2.2"))
        #expect(AddressBlock("fe80::1%eth0") == AddressBlock("fe80::2"))
        #expect(AddressBlock("unix") == AddressBlock(""))
        #expect(AddressBlock("::") != AddressBlock(""))
    }
}
