@testable import StokerCore
import TestSupport
import Testing

/// Somebody else is at work on the files, such as git in a checkout.
@Suite struct HeldSettlingTests {
    typealias Step = RebuildMachineTests.Step
    typealias Story = RebuildMachineTests.Story

    /// 40 ms of quiet after one change, 60 after two; 500 at most, and 2000 while it is held up.
    static let timing = Settler<TestInstant>.Timing(
        quiet: .milliseconds(40), longestQuiet: .milliseconds(90), cap: .milliseconds(500),
        longestHold: .milliseconds(2000))
    static let current = RebuildMachineTests.current

    static let stories = [
        Story(
            "work waits until they let go, and a moment longer",
            [
                Step(0, .changed, [.wake(at: 40)]), Step(40, .timerWhileHeld(until: 900), [.wake(at: 900)]),
                Step(300, .released, [.wake(at: 340)]), Step(340, .timer, [.work(.change)]),
            ]),
        Story(
            "nothing is held up before it is due",
            [
                Step(0, .changed, [.wake(at: 40)]), Step(20, .timerWhileHeld(until: 900), [.wake(at: 40)]),
                Step(30, .released), Step(40, .timer, [.work(.change)]),
            ]),
        Story(
            "changes meanwhile do not begin a wait of their own",
            [
                Step(0, .changed, [.wake(at: 40)]), Step(40, .timerWhileHeld(until: 900), [.wake(at: 900)]),
                Step(50, .changed, [.wake(at: 900)]), Step(60, .changed, [.wake(at: 900)]),
                Step(300, .released, [.wake(at: 390)]), Step(310, .changed, [.wake(at: 400)]),
                Step(400, .timer, [.work(.change)]),
            ]),
        Story(
            "a lock that is never let go ends at its limit",
            [
                Step(0, .changed, [.wake(at: 40)]), Step(40, .timerWhileHeld(until: 900), [.wake(at: 900)]),
                Step(900, .timer, [.work(.change)]),
            ]),
        Story(
            "a limit that is over holds nothing up",
            [Step(0, .changed, [.wake(at: 40)]), Step(40, .timerWhileHeld(until: 40), [.work(.change)])]),
        Story(
            "one lock after the other ends at the cap",
            [
                Step(0, .changed, [.wake(at: 40)]), Step(40, .timerWhileHeld(until: 900), [.wake(at: 900)]),
                Step(800, .released, [.wake(at: 840)]),
                Step(840, .timerWhileHeld(until: 1800), [.wake(at: 1800)]),
                Step(1700, .released, [.wake(at: 1740)]),
                Step(1740, .timerWhileHeld(until: 9000), [.wake(at: 2040)]),
                Step(2030, .released, [.wake(at: 2040)]),
                Step(2040, .timerWhileHeld(until: 9000), [.work(.change)]),
            ]),
        Story(
            "a question does not wait for it",
            [
                Step(0, .changed, [.wake(at: 40)]), Step(40, .timerWhileHeld(until: 900), [.wake(at: 900)]),
                Step(50, .asked, [.work(.question)]), Step(60, .released), Step(70, .finished(current)),
                Step(80, .released), Step(90, .timerWhileHeld(until: 900)),
            ]),
        Story(
            "a change during work is held up after it",
            [
                Step(0, .asked, [.work(.question)]), Step(10, .changed, [.wake(at: 50)]),
                Step(15, .timerWhileHeld(until: 900), [.wake(at: 50)]), Step(16, .released),
                Step(100, .finished(current), [.wake(at: 50)]),
                Step(100, .timerWhileHeld(until: 900), [.wake(at: 900)]),
                Step(200, .released, [.wake(at: 240)]), Step(240, .timer, [.work(.change)]),
            ]),
        Story(
            "work is not judged while somebody is at work on the files",
            [
                Step(0, .asked, [.work(.question)]), Step(10, .changed, [.wake(at: 50)]),
                Step(50, .timerWhileHeld(until: 900), [.wake(at: 900)]), Step(60, .changed, [.wake(at: 900)]),
                Step(300, .released, [.wake(at: 360)]), Step(360, .timer, [.judge]),
                Step(361, .judged(isInVain: true), [.abandon]), Step(362, .superseded, [.work(.change)]),
            ]),
        Story(
            "each burst can be held up anew",
            [
                Step(0, .changed, [.wake(at: 40)]), Step(40, .timerWhileHeld(until: 9000), [.wake(at: 2040)]),
                Step(2040, .timerWhileHeld(until: 9000), [.work(.change)]),
                Step(2050, .changed, [.wake(at: 2090)]),
                Step(2060, .finished(current), [.wake(at: 2090)]),
                Step(2090, .timerWhileHeld(until: 9000), [.wake(at: 4090)]),
            ]),
        Story(
            "hindered work is tried again whoever is at work",
            [
                Step(0, .asked, [.work(.question)]),
                Step(0, .finished(RebuildMachineTests.hindered), [.wake(at: 1000)]), Step(500, .released),
                Step(1000, .timerWhileHeld(until: 9000), [.work(.change)]),
            ]),
    ]

    @Test(arguments: stories) func eachEventHasItsActions(story: Story) {
        var machine = Machine(timing: HeldSettlingTests.timing)
        for (number, step) in story.steps.enumerated() {
            #expect(machine.handle(step.event, at: step.at) == step.actions, "step \(number + 1)")
        }
    }

    /// One lock after the other, with changes all the while.
    @Test(arguments: 1...40 as ClosedRange<UInt64>) func nobodyHoldsItUpPastTheCap(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var machine = Machine(timing: HeldSettlingTests.timing)
        var (now, works) = (TestInstant(0), 0)
        var (timer, firstChange): (TestInstant?, TestInstant?)
        func perform(_ actions: [Machine.Action]) {
            for action in actions {
                switch action {
                case .wake(let at): timer = at
                case .work:
                    works += 1
                    firstChange = nil
                    timer = nil
                    perform(machine.handle(.finished(HeldSettlingTests.current), at: now))
                case .judge, .abandon: Issue.record("work that has ended cannot be in vain")
                }
            }
        }
        for _ in 0..<3000 {
            now = now.advanced(by: .milliseconds(Int.random(in: 0...20, using: &random)))
            if let due = timer, due <= now {
                timer = nil
                let limit = now.advanced(by: .milliseconds(Int.random(in: 1...900, using: &random)))
                perform(machine.handle(.timerWhileHeld(until: limit), at: now))
            }
            switch Int.random(in: 0..<20, using: &random) {
            case 0...2:
                firstChange = firstChange ?? now
                perform(machine.handle(.changed, at: now))
            case 3: perform(machine.handle(.released, at: now))
            default: break
            }
            guard let firstChange else { continue }
            // 500 until it is due, 2000 more, and up to 20 until the clock is looked at.
            #expect(now <= firstChange.advanced(by: .milliseconds(2520)))
            #expect(timer != nil, "a change waits for nothing")
        }
        #expect(works > 5)
    }

    @Test func theDefaultCapIsThatOfALock() {
        var settler = Settler(firstChangeAt: TestInstant(0))
        let isHeld = settler.hold(at: 50, until: 1_000_000)
        #expect(isHeld)
        #expect(settler.due == 30_050)
    }
}
