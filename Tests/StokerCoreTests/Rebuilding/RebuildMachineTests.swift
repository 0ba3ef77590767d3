@testable import StokerCore
import Testing

@Suite struct RebuildMachineTests {
    /// 40 ms of quiet after one change, 60 after two.
    static let timing = Settler<TestInstant>.Timing(
        quiet: .milliseconds(40), longestQuiet: .milliseconds(90), cap: .milliseconds(500))

    struct Step: Sendable {
        var at: TestInstant
        var event: Machine.Event
        var actions: [Machine.Action]
        init(_ at: TestInstant, _ event: Machine.Event, _ actions: [Machine.Action] = []) {
            (self.at, self.event, self.actions) = (at, event, actions)
        }
    }

    struct Story: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var steps: [Step]
        init(_ name: String, _ steps: [Step]) { (testDescription, self.steps) = (name, steps) }
    }

    static let current = Machine.Verdict.current(digest: "d")
    static let failed = Machine.Verdict.failed(digest: "d", reason: "step 3")
    static let hindered = Machine.Verdict.hindered(reason: "no engine")

    static let stories = [
        Story(
            "a change settles before work",
            [
                Step(0, .changed, [.wake(at: 40)]), Step(10, .changed, [.wake(at: 70)]),
                Step(40, .timer, [.wake(at: 70)]), Step(70, .timer, [.work(.change)]),
                Step(100, .finished(current)),
            ]),
        Story(
            "a question works at once",
            [
                Step(0, .asked, [.work(.question)]), Step(5, .finished(current)),
                Step(9, .asked, [.work(.question)]),
            ]),
        Story(
            "a question does not wait for a burst to end",
            [
                Step(0, .changed, [.wake(at: 40)]), Step(1, .asked, [.work(.question)]),
                Step(40, .timer), Step(50, .finished(current)),
            ]),
        Story(
            "a change during work is looked at again",
            [
                Step(0, .asked, [.work(.question)]), Step(10, .changed, [.wake(at: 50)]),
                Step(20, .finished(current), [.wake(at: 50)]), Step(50, .timer, [.work(.change)]),
            ]),
        Story(
            "a change long before the end of work is looked at straight after",
            [
                Step(0, .asked, [.work(.question)]), Step(10, .changed, [.wake(at: 50)]),
                Step(900, .finished(current), [.wake(at: 50)]), Step(900, .timer, [.work(.change)]),
            ]),
        Story(
            "a question during work is answered by the next",
            [
                Step(0, .asked, [.work(.question)]), Step(10, .asked, [.judge]),
                Step(11, .asked, [.judge]),
                Step(20, .finished(current), [.work(.questionDuringWork)]), Step(30, .finished(current)),
            ]),
        Story(
            "work for inputs that have changed is superseded once the burst has ended",
            [
                Step(0, .asked, [.work(.question)]), Step(10, .changed, [.wake(at: 50)]),
                Step(50, .timer, [.judge]), Step(51, .judged(isInVain: true), [.abandon]), Step(52, .changed),
                Step(53, .superseded, [.work(.change)]), Step(60, .finished(current)), Step(61, .timer),
            ]),
        Story(
            "a change that is none in the end supersedes nothing",
            [
                Step(0, .asked, [.work(.question)]), Step(10, .changed, [.wake(at: 50)]),
                Step(50, .timer, [.judge]), Step(51, .judged(isInVain: false)),
                Step(60, .finished(current), [.wake(at: 50)]), Step(60, .timer, [.work(.change)]),
            ]),
        Story(
            "a change while it is being judged is judged in its turn",
            [
                Step(0, .asked, [.work(.question)]), Step(10, .changed, [.wake(at: 50)]),
                Step(50, .timer, [.judge]), Step(51, .changed, [.wake(at: 111)]),
                Step(52, .judged(isInVain: true)), Step(111, .timer, [.judge]),
                Step(112, .judged(isInVain: true), [.abandon]), Step(113, .superseded, [.work(.change)]),
            ]),
        Story(
            "a question supersedes work for inputs that have changed",
            [
                Step(0, .changed, [.wake(at: 40)]), Step(40, .timer, [.work(.change)]),
                Step(50, .asked, [.judge]), Step(51, .judged(isInVain: true), [.abandon]),
                Step(52, .superseded, [.work(.questionDuringWork)]),
            ]),
        Story(
            "after three superseded ones work is brought to its end",
            [
                Step(0, .changed, [.wake(at: 40)]), Step(40, .timer, [.work(.change)]),
                Step(50, .changed, [.wake(at: 90)]), Step(90, .timer, [.judge]),
                Step(90, .judged(isInVain: true), [.abandon]), Step(91, .superseded, [.work(.change)]),
                Step(100, .changed, [.wake(at: 140)]), Step(140, .timer, [.judge]),
                Step(140, .judged(isInVain: true), [.abandon]), Step(141, .superseded, [.work(.change)]),
                Step(150, .changed, [.wake(at: 190)]), Step(190, .timer, [.judge]),
                Step(190, .judged(isInVain: true), [.abandon]), Step(191, .superseded, [.work(.change)]),
                Step(200, .changed), Step(240, .timer), Step(300, .finished(current), [.wake(at: 240)]),
                Step(300, .timer, [.work(.change)]), Step(310, .changed, [.wake(at: 350)]),
                Step(350, .timer, [.judge]),
            ]),
        Story(
            "a question during work outdoes a change",
            [
                Step(0, .asked, [.work(.question)]), Step(10, .changed, [.wake(at: 50)]),
                Step(11, .asked, [.judge]), Step(12, .changed),
                Step(20, .finished(failed), [.work(.questionDuringWork)]), Step(30, .finished(failed)),
            ]),
        Story(
            "failed work is not repeated by itself",
            [
                Step(0, .asked, [.work(.question)]), Step(10, .finished(failed)), Step(99_999, .timer),
                Step(100_000, .changed, [.wake(at: 100_040)]), Step(100_040, .timer, [.work(.change)]),
            ]),
        Story(
            "hindered work is tried again later and later",
            [
                Step(0, .asked, [.work(.question)]), Step(0, .finished(hindered), [.wake(at: 1000)]),
                Step(999, .timer, [.wake(at: 1000)]), Step(1000, .timer, [.work(.change)]),
                Step(1000, .finished(hindered), [.wake(at: 3000)]), Step(3000, .timer, [.work(.change)]),
                Step(3000, .finished(hindered), [.wake(at: 7000)]), Step(7000, .timer, [.work(.change)]),
                Step(7000, .finished(hindered), [.wake(at: 15_000)]), Step(15_000, .timer, [.work(.change)]),
                Step(15_000, .finished(hindered), [.wake(at: 31_000)]),
                Step(31_000, .timer, [.work(.change)]),
                Step(31_000, .finished(hindered), [.wake(at: 63_000)]),
                Step(63_000, .timer, [.work(.change)]),
                Step(63_000, .finished(hindered), [.wake(at: 123_000)]),
                Step(123_000, .timer, [.work(.change)]),
                Step(123_000, .finished(hindered), [.wake(at: 183_000)]),
            ]),
        Story(
            "a success ends the growing of the delay",
            [
                Step(0, .asked, [.work(.question)]), Step(0, .finished(hindered), [.wake(at: 1000)]),
                Step(1000, .timer, [.work(.change)]), Step(1000, .finished(hindered), [.wake(at: 3000)]),
                Step(2000, .asked, [.work(.question)]), Step(2000, .finished(current)),
                Step(2001, .asked, [.work(.question)]), Step(2001, .finished(hindered), [.wake(at: 3001)]),
            ]),
        Story(
            "a change ends the wait to try again",
            [
                Step(0, .asked, [.work(.question)]), Step(0, .finished(hindered), [.wake(at: 1000)]),
                Step(10, .changed, [.wake(at: 50)]), Step(50, .timer, [.work(.change)]),
            ]),
        Story(
            "what comes unasked is passed over",
            [
                Step(0, .timer), Step(1, .finished(current)), Step(2, .changed, [.wake(at: 42)]),
                Step(3, .finished(failed)), Step(42, .timer, [.work(.change)]), Step(43, .timer),
            ]),
    ]

    @Test(arguments: stories) func eachEventHasItsActions(story: Story) {
        var machine = Machine(timing: RebuildMachineTests.timing)
        for (number, step) in story.steps.enumerated() {
            #expect(machine.handle(step.event, at: step.at) == step.actions, "step \(number + 1)")
        }
    }

    @Test func theVerdictIsThatOfTheLastFinishedWork() {
        var machine = Machine()
        #expect(machine.verdict == .unknown)
        for verdict in [
            RebuildMachineTests.current, RebuildMachineTests.failed, RebuildMachineTests.hindered,
        ] {
            _ = machine.handle(.asked, at: 0)
            _ = machine.handle(.finished(verdict), at: 1)
            #expect(machine.verdict == verdict)
        }
        _ = machine.handle(.asked, at: 2)
        #expect(machine.verdict == RebuildMachineTests.hindered, "until the next has finished")
    }

    /// A file that is written every 10 ms, for ever; each work takes 700 ms.
    @Test(arguments: [TestInstant(0), 350]) func endlessChangesDoNotPutWorkOffForEver(start: TestInstant) {
        var machine = Machine()
        var (timer, end): (TestInstant?, TestInstant?) = (nil, nil)
        var begun: [TestInstant] = []
        for now in stride(from: start.milliseconds, to: 60_000, by: 1).map({ TestInstant($0) }) {
            var actions: [Machine.Action] = []
            if now.milliseconds % 10 == 0 { actions += machine.handle(.changed, at: now) }
            if let due = timer, due <= now {
                timer = nil
                actions += machine.handle(.timer, at: now)
            }
            if end == now { actions += machine.handle(.finished(RebuildMachineTests.current), at: now) }
            for action in actions {
                switch action {
                case .wake(let at): timer = at
                case .work:
                    begun.append(now)
                    end = TestInstant(now.milliseconds + 700)
                // The work ends before the burst does.
                case .judge, .abandon: Issue.record("the burst has no end, so nothing can be in vain")
                }
            }
        }
        // The cap is 3 s, from the first change that no work has seen.
        #expect(begun.count >= 60_000 / (3000 + 700) - 1)
        for (last, next) in zip([start] + begun, begun) {
            #expect(next.milliseconds - last.milliseconds <= 3000 + 700 + 20)
        }
    }
}
