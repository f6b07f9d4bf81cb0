def offered(*places, reference):
    return None


def guesses(model):
    return iter(())


def hint(model):
    return ""
