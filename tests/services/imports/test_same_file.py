"""The very same file is not added twice unawares: it is asked about, refused, or said."""

from dataclasses import asdict

from xlsapp.services.imports.options import Mode, SameFile


def codes(messages) -> list[str]:
    return [message.code for message in messages]


async def test_the_same_bytes_are_asked_about_refused_or_said(desk, workbook):
    people = await desk("Name")
    path = workbook(["Name"], ["Ada"], ["Grace"])
    await people.run(path, same_file=SameFile.ASK)
    (first,) = {record.import_id for record in await people.records()}

    asked = await people.run(path, same_file=SameFile.ASK)
    refused = await people.run(path, same_file=SameFile.REFUSE)

    assert not asked.success
    (question,) = asked.receipt.questions
    assert (question.id, question.answers) == ("same_file:0", ("import",))
    about = {name: question.message.parameters[name] for name in ("import_id", "made", "left")}
    assert about == {"import_id": first, "made": 2, "left": 2}
    assert codes(refused.receipt.reasons) == ["import.same_file_refused"]
    assert len(await people.records()) == 2

    checked = await people.run(path, same_file=SameFile.ASK, check=True)
    assert (checked.success, codes(checked.receipt.notes)) == (True, ["import.same_file_before"])
    taken = await people.run(path)
    guessed = await people.run(path, same_file=SameFile.ASK, guess=True)

    assert taken.success
    assert guessed.success
    assert codes(taken.receipt.notes) == codes(guessed.receipt.notes) == ["import.same_file"]
    assert len(await people.records()) == 6


async def test_only_adding_it_while_records_of_it_are_here_is_asked_about(desk, workbook):
    people = await desk("Name")
    path = workbook(["Name"], ["Ada"])
    await people.run(path)

    updated = await people.run(path, mode=Mode.UPDATE, keys=people.ids("Name"), same_file=SameFile.REFUSE)
    file = path.read_bytes()
    different = await people.run(workbook(["Name"], ["Bob"]), same_file=SameFile.REFUSE)
    path.write_bytes(file)
    records = [record.id for record in await people.records()]
    async with people.door.write(people.template) as writer:
        await writer.delete(records)
    gone = await people.run(path, same_file=SameFile.REFUSE)

    assert [asdict(result.receipt)["reasons"] for result in (updated, different, gone)] == [(), (), ()]
    assert gone.receipt.notes == ()
